BEGIN TRANSACTION;
CREATE TABLE acquisitions (
	id INTEGER NOT NULL, 
	claimed_at DATETIME NOT NULL, 
	completed_at DATETIME, 
	company_vat VARCHAR(11), 
	CONSTRAINT pk_acquisitions PRIMARY KEY (id)
);
INSERT INTO "acquisitions" VALUES(1,'2026-03-29 01:59:59.123456','2026-03-29 02:59:59.123456','0 Nicolò, a');
INSERT INTO "acquisitions" VALUES(2,'2026-03-30 01:59:59.123456','2026-03-30 02:59:59.123456','1 Nicolò, a');
INSERT INTO "acquisitions" VALUES(3,'2026-03-31 01:59:59.123456',NULL,NULL);
INSERT INTO "acquisitions" VALUES(4,'2026-04-01 01:59:59.123456','2026-04-01 02:59:59.123456','3 Nicolò, a');
INSERT INTO "acquisitions" VALUES(5,'2026-04-02 01:59:59.123456','2026-04-02 02:59:59.123456','4 Nicolò, a');
INSERT INTO "acquisitions" VALUES(6,'2026-04-03 01:59:59.123456',NULL,NULL);
INSERT INTO "acquisitions" VALUES(7,'2026-04-04 01:59:59.123456','2026-04-04 02:59:59.123456','6 Nicolò, a');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE announcements (
	id INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	audience VARCHAR(24) NOT NULL, 
	text TEXT NOT NULL, 
	file_name VARCHAR(64), 
	file_hash VARCHAR(64), 
	made_at DATETIME NOT NULL, 
	queued_at DATETIME, 
	CONSTRAINT pk_announcements PRIMARY KEY (id), 
	CONSTRAINT ck_announcements_file_is_whole CHECK ((file_name IS NULL) = (file_hash IS NULL)), 
	CONSTRAINT uq_announcements_digest UNIQUE (digest), 
	CONSTRAINT ck_announcements_audience CHECK (audience IN ('all', 'gas', 'electricity', 'codes'))
);
INSERT INTO "announcements" VALUES(1,'0 Nicolò, announcements.digest «€»','all','0 Nicolò, announcements.text «€»','0 Nicolò, announcements.file_name «€»','0 Nicolò, announcements.file_hash «€»','2026-03-29 06:59:59.123456','2026-03-29 07:59:59.123456');
INSERT INTO "announcements" VALUES(2,'1 Nicolò, announcements.digest «€»','gas','1 Nicolò, announcements.text «€»','1 Nicolò, announcements.file_name «€»','1 Nicolò, announcements.file_hash «€»','2026-03-30 06:59:59.123456','2026-03-30 07:59:59.123456');
INSERT INTO "announcements" VALUES(3,'2 Nicolò, announcements.digest «€»','electricity','2 Nicolò, announcements.text «€»',NULL,NULL,'2026-03-31 06:59:59.123456',NULL);
INSERT INTO "announcements" VALUES(4,'3 Nicolò, announcements.digest «€»','codes','3 Nicolò, announcements.text «€»','3 Nicolò, announcements.file_name «€»','3 Nicolò, announcements.file_hash «€»','2026-04-01 06:59:59.123456','2026-04-01 07:59:59.123456');
INSERT INTO "announcements" VALUES(5,'4 Nicolò, announcements.digest «€»','all','4 Nicolò, announcements.text «€»','4 Nicolò, announcements.file_name «€»','4 Nicolò, announcements.file_hash «€»','2026-04-02 06:59:59.123456','2026-04-02 07:59:59.123456');
INSERT INTO "announcements" VALUES(6,'5 Nicolò, announcements.digest «€»','gas','5 Nicolò, announcements.text «€»',NULL,NULL,'2026-04-03 06:59:59.123456',NULL);
INSERT INTO "announcements" VALUES(7,'6 Nicolò, announcements.digest «€»','electricity','6 Nicolò, announcements.text «€»','6 Nicolò, announcements.file_name «€»','6 Nicolò, announcements.file_hash «€»','2026-04-04 06:59:59.123456','2026-04-04 07:59:59.123456');
CREATE TABLE chat_links (
	id INTEGER NOT NULL, 
	chat_id BIGINT NOT NULL, 
	customer_id INTEGER NOT NULL, 
	access VARCHAR(24) NOT NULL, 
	proof VARCHAR(24) NOT NULL, 
	linked_at DATETIME NOT NULL, 
	revoked_at DATETIME, 
	CONSTRAINT pk_chat_links PRIMARY KEY (id), 
	CONSTRAINT fk_chat_links_chat_id_chats FOREIGN KEY(chat_id) REFERENCES chats (id), 
	CONSTRAINT fk_chat_links_customer_id_customers FOREIGN KEY(customer_id) REFERENCES customers (id), 
	CONSTRAINT ck_chat_links_access CHECK (access IN ('full', 'view')), 
	CONSTRAINT ck_chat_links_proof CHECK (proof IN ('mailed_code', 'invitation', 'trial'))
);
INSERT INTO "chat_links" VALUES(1,-1000000000000,1,'full','mailed_code','2026-03-29 05:59:59.123456','2026-03-29 06:59:59.123456');
INSERT INTO "chat_links" VALUES(2,-1000000000001,2,'view','invitation','2026-03-30 05:59:59.123456','2026-03-30 06:59:59.123456');
INSERT INTO "chat_links" VALUES(3,-1000000000002,3,'full','trial','2026-03-31 05:59:59.123456',NULL);
INSERT INTO "chat_links" VALUES(4,-1000000000003,4,'view','mailed_code','2026-04-01 05:59:59.123456','2026-04-01 06:59:59.123456');
INSERT INTO "chat_links" VALUES(5,-1000000000004,5,'full','invitation','2026-04-02 05:59:59.123456','2026-04-02 06:59:59.123456');
INSERT INTO "chat_links" VALUES(6,-1000000000005,6,'view','trial','2026-04-03 05:59:59.123456',NULL);
INSERT INTO "chat_links" VALUES(7,-1000000000006,7,'full','mailed_code','2026-04-04 05:59:59.123456','2026-04-04 06:59:59.123456');
CREATE TABLE chat_preferences (
	chat_id BIGINT NOT NULL, 
	remind_when_open BOOLEAN NOT NULL, 
	remind_before_close BOOLEAN NOT NULL, 
	days_before_close INTEGER NOT NULL, 
	remind_last_day BOOLEAN NOT NULL, 
	tell_acquired BOOLEAN NOT NULL, 
	tell_outcome BOOLEAN NOT NULL, 
	tell_invoice BOOLEAN NOT NULL, 
	tell_window BOOLEAN NOT NULL, 
	tell_of_others BOOLEAN NOT NULL, 
	quiet_from TIME, 
	quiet_until TIME, 
	CONSTRAINT pk_chat_preferences PRIMARY KEY (chat_id), 
	CONSTRAINT ck_chat_preferences_quiet_hours CHECK ((quiet_from IS NULL) = (quiet_until IS NULL)), 
	CONSTRAINT ck_chat_preferences_days_before_close CHECK (days_before_close BETWEEN 1 AND 30), 
	CONSTRAINT fk_chat_preferences_chat_id_chats FOREIGN KEY(chat_id) REFERENCES chats (id)
);
INSERT INTO "chat_preferences" VALUES(-1000000000000,1,1,1,1,1,1,1,1,1,'21:00:00.000000','21:00:00.000000');
INSERT INTO "chat_preferences" VALUES(-1000000000001,0,0,2,0,0,0,0,0,0,'21:01:00.000000','21:01:00.000000');
INSERT INTO "chat_preferences" VALUES(-1000000000002,1,1,3,1,1,1,1,1,1,NULL,NULL);
INSERT INTO "chat_preferences" VALUES(-1000000000003,0,0,4,0,0,0,0,0,0,'21:03:00.000000','21:03:00.000000');
INSERT INTO "chat_preferences" VALUES(-1000000000004,1,1,5,1,1,1,1,1,1,'21:04:00.000000','21:04:00.000000');
INSERT INTO "chat_preferences" VALUES(-1000000000005,0,0,6,0,0,0,0,0,0,NULL,NULL);
INSERT INTO "chat_preferences" VALUES(-1000000000006,1,1,7,1,1,1,1,1,1,'21:06:00.000000','21:06:00.000000');
CREATE TABLE chats (
	id BIGINT NOT NULL, 
	language VARCHAR(8), 
	supply_point_id INTEGER, 
	first_seen_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	last_session_at DATETIME, 
	blocked_at DATETIME, 
	CONSTRAINT pk_chats PRIMARY KEY (id), 
	CONSTRAINT fk_chats_supply_point_id_supply_points FOREIGN KEY(supply_point_id) REFERENCES supply_points (id)
);
INSERT INTO "chats" VALUES(-1000000000000,'0 Nicolò',1,'2026-03-29 03:59:59.123456','2026-03-29 04:59:59.123456','2026-03-29 05:59:59.123456','2026-03-29 06:59:59.123456');
INSERT INTO "chats" VALUES(-1000000000001,'1 Nicolò',2,'2026-03-30 03:59:59.123456','2026-03-30 04:59:59.123456','2026-03-30 05:59:59.123456','2026-03-30 06:59:59.123456');
INSERT INTO "chats" VALUES(-1000000000002,NULL,NULL,'2026-03-31 03:59:59.123456','2026-03-31 04:59:59.123456',NULL,NULL);
INSERT INTO "chats" VALUES(-1000000000003,'3 Nicolò',4,'2026-04-01 03:59:59.123456','2026-04-01 04:59:59.123456','2026-04-01 05:59:59.123456','2026-04-01 06:59:59.123456');
INSERT INTO "chats" VALUES(-1000000000004,'4 Nicolò',5,'2026-04-02 03:59:59.123456','2026-04-02 04:59:59.123456','2026-04-02 05:59:59.123456','2026-04-02 06:59:59.123456');
INSERT INTO "chats" VALUES(-1000000000005,NULL,NULL,'2026-04-03 03:59:59.123456','2026-04-03 04:59:59.123456',NULL,NULL);
INSERT INTO "chats" VALUES(-1000000000006,'6 Nicolò',7,'2026-04-04 03:59:59.123456','2026-04-04 04:59:59.123456','2026-04-04 05:59:59.123456','2026-04-04 06:59:59.123456');
CREATE TABLE contact_changes (
	id INTEGER NOT NULL, 
	customer_id INTEGER NOT NULL, 
	chat_id BIGINT, 
	field VARCHAR(24) NOT NULL, 
	old TEXT, 
	new TEXT, 
	changed_at DATETIME NOT NULL, 
	settled_at DATETIME, 
	acquisition_id INTEGER, 
	CONSTRAINT pk_contact_changes PRIMARY KEY (id), 
	CONSTRAINT fk_contact_changes_acquisition_id_acquisitions FOREIGN KEY(acquisition_id) REFERENCES acquisitions (id), 
	CONSTRAINT fk_contact_changes_customer_id_customers FOREIGN KEY(customer_id) REFERENCES customers (id), 
	CONSTRAINT ck_contact_changes_contact_field CHECK (field IN ('telefono', 'fax', 'email'))
);
INSERT INTO "contact_changes" VALUES(1,1,-1000000000000,'telefono','gAAAAABrCn7TqDt_CXUrmH3e3MJi6db5RWK2QI9FLBJN3SPvGdYnQt5mteNusPfBeK_vrbQKNE676VnLsD2c9qEHT7FCm2gPiTS8QvR2vwm273aMWCqw2Cye_yNDHA9accODBNnbcpQx','gAAAAABrCn7T62-WdAd8cbM6szdUAAC0iOFzMt5SHRl_ExKsfj4p1qENiEAdIFpSKNy7zc6L1PFIP7TD6fMUlAkWLOd19plYesS74dE2rrgphuyS2dh0NGrGhtRQpuMa3jQAlEhkrgYX','2026-03-29 06:59:59.123456','2026-03-29 07:59:59.123456',1);
INSERT INTO "contact_changes" VALUES(2,2,-1000000000001,'fax','gAAAAABrCn7Tn_lEO58dJaM76D8pcj2fG4II9PaVnC_ebU2ra8fgqE7H7F_Kjayd4xzp86aNR-mZyJlLMb94fIzIzk69QjRvZrYlYVEXdSg9cRwq5MjGUtlm9D2eGBDrKNg0z-2843fp','gAAAAABrCn7T_OCUUAFRDueSW7wxI3nKcJmBNaJ9Yb_44VBl_eVJxGqRqqi6490HAUG22EjVgSsK9G0UEa_AApYIu3bDRqTlXQQcjZ6tbOOc9doHmTEAsY-8Lrqsoqiw1_3qBIi4pGZr','2026-03-30 06:59:59.123456','2026-03-30 07:59:59.123456',2);
INSERT INTO "contact_changes" VALUES(3,3,NULL,'email',NULL,NULL,'2026-03-31 06:59:59.123456',NULL,NULL);
INSERT INTO "contact_changes" VALUES(4,4,-1000000000003,'telefono','gAAAAABrCn7T3E0yTDZaTImnv0OswfV1IzdXPqYYlKOFecntrLwJNdAcwRidcfM8hITqEJ5TYQh8ukK2YDoaYrdUO41X_prkRBAHsU_ijcZhDxI4Xa0x3k_oKe19JVxIgG2EhHNJ1au2','gAAAAABrCn7TcEzf9q_q2ROTzMYy3Q7JzAtKqblQckFSRn5opq-eCSK3yaLyxTshn1c1g6FkqKBt00qm1aAZ8IxROuJ86PYx5kcYghnAUKua-lqpJNNSPikZWdwYks3Skfi0XiCPUFt6','2026-04-01 06:59:59.123456','2026-04-01 07:59:59.123456',4);
INSERT INTO "contact_changes" VALUES(5,5,-1000000000004,'fax','gAAAAABrCn7T3xsWiy0f_-N3FcYtgdfs7fsm5v3_6PVoKn096oZ7pq3a13hpVFhpqqitbcnSSfn1ZE7y-5Ix_abqg8qiUbhPYFiaHuCqXWou6Foc1GOryYIIFpI_TtgvSzyBUypfFawb','gAAAAABrCn7TDWF8_32CtZPsxKT0CfdmMO2kiO5RHsGQs1MpqiiH9ts1YHSPuPn0v-oEK8t5Lhw9hRvA-rE7IHlxhuN8xksmj_n3MW3EKbPiKGDEql9O3-Ao39hm12e9tOq-6pk32e_4','2026-04-02 06:59:59.123456','2026-04-02 07:59:59.123456',5);
INSERT INTO "contact_changes" VALUES(6,6,NULL,'email',NULL,NULL,'2026-04-03 06:59:59.123456',NULL,NULL);
INSERT INTO "contact_changes" VALUES(7,7,-1000000000006,'telefono','gAAAAABrCn7Tkfz2s7pLe5RM_p32X31JsmDdu33UsUwyg-2VxKiMn-bHzJ4MPWC839vpgaqZB_g_Krc3WH2wmwChjcoFRg355IuknhaEijAm-vYqzPwxod7VYkUAgwuVqIfKoj9f3yET','gAAAAABrCn7TfKnWpTHlHIWbMuTsMq1-w7ShV6lQVOaBopYcy6xWIHr9aHa34bJjhzQuLO5FJKZjXIoiT-AP-Y6HXEax1uxnRNZo2Vetz5PxVXMW1soHH5xOJ2dLF6Iw333VrKO58Rgv','2026-04-04 06:59:59.123456','2026-04-04 07:59:59.123456',7);
CREATE TABLE conversations (
	chat_id BIGINT NOT NULL, 
	flow VARCHAR(40) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	draft TEXT NOT NULL, 
	token VARCHAR(8) NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_conversations PRIMARY KEY (chat_id)
);
INSERT INTO "conversations" VALUES(-1000000000000,'0 Nicolò, conversations.flow «€»','0 Nicolò, conversations.state «€»','gAAAAABrCn7Txla8p-eS8OJAnZCEfenprRyWpufKbEJlv0rMJn4S76m_sUPcDGpg-LjhZ5bB7FerKRClSJYKBnpg2HRTn78EDrZuvTppV-4xnRarW8Le-x1jtGHIo_CQIjRfr5TIDzla','0 Nicolò','2026-03-29 05:59:59.123456');
INSERT INTO "conversations" VALUES(-1000000000001,'1 Nicolò, conversations.flow «€»','1 Nicolò, conversations.state «€»','gAAAAABrCn7TFcBpiQdzTrk_8-_vNO1wAwDvvpsYytTFJ_G4HvoT9JbrhR1pw11xNvJRaSY5d0LNFU8qQl08BDPBK-CfZM6xVmErBkzmBd-5vITZ8x3JXxDmRIDCrlUIGRuguPwBH9QK','1 Nicolò','2026-03-30 05:59:59.123456');
INSERT INTO "conversations" VALUES(-1000000000002,'2 Nicolò, conversations.flow «€»','2 Nicolò, conversations.state «€»','gAAAAABrCn7TshcXo9oSDX-7KdYz_aIx-xDA_X_uDoIutHODETDwbnpn20q9mNhyBBRtUUhlaTsjpoA8KfAw5BghZpxk4VY3f3uaFurP1l0TmNw-Vjuj8uYK_GAEFjc8qTEVdxm5Eycw','2 Nicolò','2026-03-31 05:59:59.123456');
INSERT INTO "conversations" VALUES(-1000000000003,'3 Nicolò, conversations.flow «€»','3 Nicolò, conversations.state «€»','gAAAAABrCn7T1kEU8e7vytEr0toBVExyZeHRqT-XK75SBP-J2sMBHHJ-sNb3hpq2RtUh0nmxtsmx51EkCIiATXwcH6Urula5qkFfpY_gnfrdaP47FHY5Ihd4KiEMpDEtLdQLhKcqklKI','3 Nicolò','2026-04-01 05:59:59.123456');
INSERT INTO "conversations" VALUES(-1000000000004,'4 Nicolò, conversations.flow «€»','4 Nicolò, conversations.state «€»','gAAAAABrCn7TdsqeSVGZOcOXs6OijUOs84uMh2t2jEo3_0CU8Ku8Pi-DymLk2nnpHC4DSbUlN0og8eMTvfysafp-mFdt781WW8nV_XNzVFSRbD1JCbC17FiG96lgtziTNTYXD2__VyYK','4 Nicolò','2026-04-02 05:59:59.123456');
INSERT INTO "conversations" VALUES(-1000000000005,'5 Nicolò, conversations.flow «€»','5 Nicolò, conversations.state «€»','gAAAAABrCn7TKWJEAHTsLRPN1GdmmtYnurJ4gGH9G3snN7u271ZeZfag8Yowp5-6yziFzT6y8CBYd-OHOr7khw45HrSitsv6BYlh8r9n7qUQNLQO4HNdcAmzApFTy52g9d60TUr0TwiM','5 Nicolò','2026-04-03 05:59:59.123456');
INSERT INTO "conversations" VALUES(-1000000000006,'6 Nicolò, conversations.flow «€»','6 Nicolò, conversations.state «€»','gAAAAABrCn7TGSkSdtgzqyGJwuj_figENMo93DTAxz4SalSkI3ZGvTruwU4Do0KiKk_H1IMTv8GcGsTKLoJs6b8EnnssyYmc7LwoCj93_hG4EFFQki2mFMzj5jAlnH_xUspuME7TjtCp','6 Nicolò','2026-04-04 05:59:59.123456');
CREATE TABLE customers (
	id INTEGER NOT NULL, 
	code VARCHAR(6) NOT NULL, 
	name TEXT NOT NULL, 
	tax_code TEXT, 
	tax_code_hash VARCHAR(64), 
	vat_number TEXT, 
	vat_number_hash VARCHAR(64), 
	address TEXT NOT NULL, 
	email TEXT, 
	phone TEXT, 
	fax TEXT, 
	CONSTRAINT pk_customers PRIMARY KEY (id), 
	CONSTRAINT uq_customers_code UNIQUE (code)
);
INSERT INTO "customers" VALUES(1,'0 Nico','gAAAAABrCn7TMffOfNveXlMchFGhJdqB933C9U-qO67Lfx4YCx6Mu9aCbGKwsGAksR5FCqSlWLKWnAM9DVsoV4U_eOCJ59GtAnubdf-Sck2MhGn5dldQ9W9SpqfbUljnqAN4WKCXLLOa','gAAAAABrCn7TPNjhSv8ur2ScVzvAm_XJtdR7Z_5_ZKEs9g74LzJKtrIuoat2dMc8N1QHNT4aS9oKsCx3pPAMc0c4VWvCEI7JPVwYHd8_YVXUfX5ff6yhfYhawKaEbDY-5pIQpaBNpSME','e6fecb68e761ce25f0ad517ac72a1347b8c72d51c05daad4c2b04fafe5b10d62','gAAAAABrCn7TU5iUmyQNj5UHkclm12CpMIiQ0ie6EQVrvE7XQtPKHe3c-Dp7KT1-FhOeeUojprxv_1lWluk5Eo6gPqYoy5OV95TOCt7t3TGTLvhHGzvK4Rtdvp1yOHBaYy_jgci1NjIZ','341898f92d7d96e95e56054d0b779759c10be2706c5a8ec58151adde0a8696a4','gAAAAABrCn7TsD-9idYMG98FVeKOzu5HEQmegLIQYjYvEzrbwD968rkfnz5R42SI7b89god2a0wFHHEDl3uh6MuZS0g-LTGyumA0YdYomyX8WzeMdRnwbb8p2fMV_WOX1-nKUwP5GaPt','gAAAAABrCn7TGecz6CpV6j2r-JUYv5bBhsp_Xoo7-oHceu3y-X3F3YZ7F_u9gGbwk6m1kE6EksicF2oGeYcFqgcjH9jRTeKntnEbA_xuWnpjQdvfM3j2xMLbrYugn12ZK3ro03alZJ_j','gAAAAABrCn7TAWJWQo1yG7-WwwrmyEjH5jV8OEK5ByywTJJkErQ6AwSQ-FzwZNzGgdU0MJYFhmda1swVnhCQM5KiiZmIoruYKePTprAnypn1Q2_UT2KTPX3CAnf8Ed5btTPS_c073BJG','gAAAAABrCn7Tg3O8XsI4ynII8ICk2J8CW6uJYeZiVkEgIEmqisXYfqdol-GFUoyNsVgSpJUyv0GVD53OBY7QZU6ymtPrr2JubjIFTzxhVhCNHmzGjwS2h312nvpVMHGHdGhr_752RLZO');
INSERT INTO "customers" VALUES(2,'1 Nico','gAAAAABrCn7TQzgiLbWwhvCkPas3Yuwd9KpewSjeFvMjaDrMyOtUjvsK5orn0zbi37iLf36vyFfXdRYpJOhQT2hmRpryXU73ay743dcoQZZ8FfUMYJkHW2F--PI48mcIVQHi3wT36P2k','gAAAAABrCn7TTRmkW5r5bQk7KOmYVajOiQmH83XoRpO8YHhEVOVfqJSsJMh3sVMKKx8qenG8NF4hwc_GkuW4pvPey1O-LW4ZlxuxR6PJjln3hA6eZKkfDn6p1Q7qeRjaenakKvHr4j58','9f370398568da4290246972a4177dc4eb7f814cec09854926451b1c761be859c','gAAAAABrCn7TUnaHKa5NmRgle6BELT43Q6ahpDdg9ANfryIualcz7iSOSlUcWtQ2TR4yHGw2FBIbuj_-YMzVDpZyURA0QSv_rzQe6xMIZiPrEFAfUyzHRDvoZ-4lAxoGIq0n3_QJjNgm','d19767a61eb22cb6e8aeb95f503fb9b600e7200d770f7e22f26789cfdacb6757','gAAAAABrCn7Tw6-6LXj45AMLptyOPJlRqrPtU9llG2wW1lksGCZp-5S9hLZMdl3tI01vNrGYODTQbxxcL3S3ScWzKsS8eobHmbHtDTB3QjSX4Y585UdjTBaQPS-GczUsmxKG5gHx00yy','gAAAAABrCn7Tdh9AJAeYlHZb-yNOiEx77EVpNSp6rKhmB1QXd5InXVbIHiCMakAsEH306Y_gN9DzA1KWEdSsfra3HOrp99bhgxKOY4FddM6hOQ5s7wofD-5pexnML5IXK1NXh-8rvtA9','gAAAAABrCn7TI6Ypqfjy6J436S-OEwgdz_zsnIQPq5ytNs5jwX0nHBsxaUn4lvKiL49E0qBbCMe_yLppwhrsDOa9p9rb-qDIq8LB93Jh6hsoSCXPCLb31vdCtIgJEAK6VWhpN_ItsSuX','gAAAAABrCn7TAXX3YYaH7hQR4cU-kSQrB2kNCwR01B088YKFOtuXjpDljXFFuRijF8UveW2R9KNMANZxL-OnOZXX_Fo3uc7BGPt-mTj9SRuwahZpOY0hX2YQQixsfsSu8eynPocj9KeV');
INSERT INTO "customers" VALUES(3,'2 Nico','gAAAAABrCn7TjvGA0QdqAJX_CS-NdRdbuWDIV1gAlRiEQLcfXDZ666dqDpmz2RdNFmLV1jKulKFvA0RnM_XRC7dnN5UIkrd518NEUDDA3ulGCS0TKEnV1aidPjqI8Vn4UdwR4d-snbKm',NULL,NULL,NULL,NULL,'gAAAAABrCn7TBuZ1ddCXCP21_2sp99qhVLbwwU4QhS1i81NKlu_Q-Q_i0CyIE-JPd6dL2954fagRyrTJD54wDDSCPKdHFTlHDJJ4IzBXBjKnmZQKBZqVbawI1v8z4SQEDjUdM4h9E2wg',NULL,NULL,NULL);
INSERT INTO "customers" VALUES(4,'3 Nico','gAAAAABrCn7TFNsDUlDWZieDSJE9kJuEZX32wM5JNvwRVD82OKE70gfv20-00-yy0D_7AA6Zal_6NBrLM_SBMuOqGWW4VaYqAuba8-dgDmW9BbL9QLjUvvUueIS6UVksfyaJpEWxOzBC','gAAAAABrCn7T2hvW6_oAWOQGzatwSm0VIZrtjBKgqUlk18eLbvq6j7delweHc-tYZWDXiEIXFBkLCrPVHkKs72_3Hoqemx2ha2uHVPBkqbrsT5StcB-MiwDY41i6k-HNCUkh5iLYoT3B','689ae6525cd0a5008844737d65039af7232514f44b36d2610a2581a022ef488e','gAAAAABrCn7TjMxB5BczHTiWxDAsJw2F36d1_WSJjgA5Oh4a9LpHQ0qI3X-cS4EIe1sP8hcNenDONZbwoTbOS1QtEPttGxlqEwf_dfDWTt3-UdbdgPsitUbz_QoToajZOqu4EzWOF5DR','0a19f2be72b43051f8e0ee39ac957dff86beb507201096dbb5648b821af12608','gAAAAABrCn7T935kQQ7gk-0zNAqlx5ZiVF6sERi9pbo_DbWeD0r_1NudUqT8XseZHUdQ8ao5aWy2zlRPfGVW9rH6mKSkxBaHGdj15bXpdOfjAFhgbz8L17BftDI-vrrUH-MEMSuyaTpc','gAAAAABrCn7TGvPx6xao9y-lHPv3gn1bNA4bkscBLM7VAPdi0ii3Ur9XJm4oT_A_rjcqNNTUYyQ8HWWP0OEJVbW1YdhF5bq4iFKcKsRP8tf6XQHWiodMt7S1ZPJZetRvq64a33e6wuWm','gAAAAABrCn7Tyf06_5ArbmwED5A0DoQKjI711nmQm5XTlyiRxZOdnnEhHBjML-2sJnhahqNI0yRLQWhHu19jtyH652NhOefDi5E7lbV1kJdVChClCX_BNuOgmk-j1tmAsxwUkgDztJoz','gAAAAABrCn7T7hrECTKOHr8IK4_CTRUA5slaJ_YdIAV8kqWZxWuBi6RQejk0sUgTNHWPbkvGg3ABK49UCjO5iCnEBiWNVR8itBkN0qTKE7W5MCwoqoOrzSx9b9-RnSOtNXohBuMrzFL_');
INSERT INTO "customers" VALUES(5,'4 Nico','gAAAAABrCn7Tg06IJLmo_lqrNXfdLLH9pNYKi0pMyDEUTZA1vfp3zjLyvrm_fuWKO_BbWsDQr9dAM5FRdCOuItxlDfGbMrjy-mp2jML1KVQJwfThcyb1DQpv-HTWR9IIfmt5V-g3398W','gAAAAABrCn7TIHdXMyUwiZ_EKopEyXzrIu2tMaJITOz8Pj8SEHNb_ulPU2iKXzIAffK8Fc5YKMaKB85v3MQW52IEADkBanC7S0VfHw5xNwYKzKALzxpvaVQv7YGmL3qWMPrc8fFddIF0','6009ad78697613e4459375711636f9f0c636ef37c34e1e49855de9a4b883d7ee','gAAAAABrCn7T_QvxMWZnj8HOCBoO987UnMrBP998AF_X1XK7puVCdNbf7YB9x94dlQLeO0iIKt6R3SlyRXH_0mVX1fVMC8rXqJ5xg08v7-T3g0pG56EgbiN5-zLpOuVBZuRsJrc_FNvC','cae70d0c680ec0ade35870d9fa5e173b8e41474c94a152ffcb2a4527b0ef8477','gAAAAABrCn7TsdxeNSn70TQYEm7l6RTF2dzpBv7rB818-nVy-938J2BMW--CkptGQTzku_Oscoi3kDyY0iHm823MS7OQr__yzOOOFJcxIetB56hpx7zAy_kIsndIrFiaGQK5CVg_1FG-','gAAAAABrCn7TXzIkIHkRRP1gK-SqlqXpzGzTfK10Bdc9WPIT_qxidLDo96sw_P5CUsPoX1rUuFwrt4FuPbZn5E6No0ciOb5WHcUw7SabFkzI2Pi-QsFYujbfSEEvdiLK_VAoAc-r1pyL','gAAAAABrCn7Ta3nQzv8Nb1cTi0mRq33fJ8L0v1HMf35cJTAMKWhmi-eHkBla-HjKS32YfxeXQIoqqpLsXsOSTmb5598Ne0ArkfNRO8-2w43klXv-FNlXAvL_QDrN0o-ymQInmpc8C6Fs','gAAAAABrCn7TB3Pw8cQsKsyMFlYg7AzLplZte3jnpBGFd75w23AyQyTnADmcP43FqpASVPSC5rfCKd8gLHpyp3L9qHVUKra6krP9cpeXwwj82wpUDngs1DioA7Cp3Qv_VjPkke9DEEvG');
INSERT INTO "customers" VALUES(6,'5 Nico','gAAAAABrCn7Tftt_g394mpbFOrRKlYuDGAhHt0elPDYqu9oMbEu9gg0-ycJFfLOjY8QPeqHTBAIO0C_uMpIaegokRGmvub7PQTa2D24hctkSl_vXrG3iHCRmE4F-7R3FPru6v92Lx3qX',NULL,NULL,NULL,NULL,'gAAAAABrCn7TOeCdaheJg_safddkv5iXo9iBXo2HcDBpgfK8QpYfJFgmEmD69U5jhLWiETJn6eJFBtnX1WQ1dBl2qFFfNCuFe0FikgNbMSB49qnzahMyZaUJDYgL8A5_Tj_WyusdRpjc',NULL,NULL,NULL);
INSERT INTO "customers" VALUES(7,'6 Nico','gAAAAABrCn7T9c9TP9-itQjuRNHm2p6yqN6tD1mLrRSaS6zwnSV88QN50c5CIpZlmzko_qoGosiE5TbQ2a-0QKjDpr1DJ311ztjl5iVnxRkPEw4bL0CLKOoiSOJ6aoqNuVAW9YSmJJ5e','gAAAAABrCn7TRMZb7RdId5yLQorAjNFP-831X7xWqcMg4X2SfCYHYP80PRqPK9kXmCgG7qCZEHDCQICGO_RnrL0SkkzeOViX9d6qXOk6fjmqVSVFrxuAK6hs9LRU4oxSy3TSRWlC1kBJ','144caa884ac941245bdf7cbde57f5b54c3405fc05a3a462a0190e123914244e2','gAAAAABrCn7Toqu9tbDOy86wSTzNCJh6eHcBsAplDBDGDZ18L3bVCxZQnyJ1kTvft4TzLjzVEhowluwV6awf5xBYsFzm-J1Ft6z9uF6RRwSrfN57zTaITPN4i2TviD49yqZpumOq6iC9','c4000e413a5971755e63da0ae9cff95308473113e7c71fe195930f595a7407d9','gAAAAABrCn7TOQQUviBx8rVIw3bACLFhewRjkh5M8QxAn5kS19v-XyEW_brkAi0ZeYzOR2b0AukwEp4Q7MrppG7ALwIdc-FTYPeNMy2ddO0NSYtjj1xXZwIXfV9cjTw4MsnW_UNH3t4W','gAAAAABrCn7TclfhlxX5-SkF7C69UymtlTOHM_3AC0bUCC6gBHowMAd6BRMT9bbI19gvcXtUM6y16tbxi9uiT5fAlCWiTs3hQ44dScoBRmxG0nZwooTQmku9R9hsMigFY1aBMHiiWZdy','gAAAAABrCn7Tpjjsk6kDQdApb5Oc7pZVX5rhus_OPW6PdUtsbptOni-yf_xZZ5lzTFRp7U-vdAESGtcpiM_VDlJJrsPahxiNwIUB3_L9mULyt0BrfrFoKzByfrpY7oI1JnjVnhQIm8D2','gAAAAABrCn7ThnaOE5uecEsn9QYxxUaF4Vv1nVN8JA7LvLlipeDbF-yLsIhgFpnBJAa3WstffELxJ02F7ADK8c2L40y28czEstww2T_eeB-7neP0iRwK6CoLV2doMq4rNMOUwmvqLaO_');
CREATE TABLE documents (
	id INTEGER NOT NULL, 
	customer_id INTEGER, 
	title VARCHAR(200) NOT NULL, 
	day DATE NOT NULL, 
	suffix VARCHAR(12) NOT NULL, 
	file_name VARCHAR(64) NOT NULL, 
	file_hash VARCHAR(64) NOT NULL, 
	file_size BIGINT NOT NULL, 
	CONSTRAINT pk_documents PRIMARY KEY (id), 
	CONSTRAINT fk_documents_customer_id_customers FOREIGN KEY(customer_id) REFERENCES customers (id)
);
INSERT INTO "documents" VALUES(1,1,'0 Nicolò, documents.title «€»','2024-02-29','0 Nicolò, do','0 Nicolò, documents.file_name «€»','0 Nicolò, documents.file_hash «€»',1000000000000);
INSERT INTO "documents" VALUES(2,2,'1 Nicolò, documents.title «€»','2024-03-01','1 Nicolò, do','1 Nicolò, documents.file_name «€»','1 Nicolò, documents.file_hash «€»',1000000000001);
INSERT INTO "documents" VALUES(3,NULL,'2 Nicolò, documents.title «€»','2024-03-02','2 Nicolò, do','2 Nicolò, documents.file_name «€»','2 Nicolò, documents.file_hash «€»',1000000000002);
INSERT INTO "documents" VALUES(4,4,'3 Nicolò, documents.title «€»','2024-03-03','3 Nicolò, do','3 Nicolò, documents.file_name «€»','3 Nicolò, documents.file_hash «€»',1000000000003);
INSERT INTO "documents" VALUES(5,5,'4 Nicolò, documents.title «€»','2024-03-04','4 Nicolò, do','4 Nicolò, documents.file_name «€»','4 Nicolò, documents.file_hash «€»',1000000000004);
INSERT INTO "documents" VALUES(6,NULL,'5 Nicolò, documents.title «€»','2024-03-05','5 Nicolò, do','5 Nicolò, documents.file_name «€»','5 Nicolò, documents.file_hash «€»',1000000000005);
INSERT INTO "documents" VALUES(7,7,'6 Nicolò, documents.title «€»','2024-03-06','6 Nicolò, do','6 Nicolò, documents.file_name «€»','6 Nicolò, documents.file_hash «€»',1000000000006);
CREATE TABLE entry_windows (
	id INTEGER NOT NULL, 
	supply_point_id INTEGER, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	planned_at DATETIME, 
	CONSTRAINT pk_entry_windows PRIMARY KEY (id), 
	CONSTRAINT ck_entry_windows_starts_before_it_ends CHECK (starts_at < ends_at), 
	CONSTRAINT fk_entry_windows_supply_point_id_supply_points FOREIGN KEY(supply_point_id) REFERENCES supply_points (id)
);
INSERT INTO "entry_windows" VALUES(1,1,'2026-03-29 02:59:59.123456','2026-03-29 03:59:59.123456','2026-03-29 04:59:59.123456');
INSERT INTO "entry_windows" VALUES(2,2,'2026-03-30 02:59:59.123456','2026-03-30 03:59:59.123456','2026-03-30 04:59:59.123456');
INSERT INTO "entry_windows" VALUES(3,NULL,'2026-03-31 02:59:59.123456','2026-03-31 03:59:59.123456',NULL);
INSERT INTO "entry_windows" VALUES(4,4,'2026-04-01 02:59:59.123456','2026-04-01 03:59:59.123456','2026-04-01 04:59:59.123456');
INSERT INTO "entry_windows" VALUES(5,5,'2026-04-02 02:59:59.123456','2026-04-02 03:59:59.123456','2026-04-02 04:59:59.123456');
INSERT INTO "entry_windows" VALUES(6,NULL,'2026-04-03 02:59:59.123456','2026-04-03 03:59:59.123456',NULL);
INSERT INTO "entry_windows" VALUES(7,7,'2026-04-04 02:59:59.123456','2026-04-04 03:59:59.123456','2026-04-04 04:59:59.123456');
CREATE TABLE import_runs (
	digest VARCHAR(64) NOT NULL, 
	file_name VARCHAR(255) NOT NULL, 
	rows INTEGER NOT NULL, 
	rows_applied INTEGER NOT NULL, 
	started_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	CONSTRAINT pk_import_runs PRIMARY KEY (digest)
);
INSERT INTO "import_runs" VALUES('0 Nicolò, import_runs.digest «€»','0 Nicolò, import_runs.file_name «€»',1,1,'2026-03-29 04:59:59.123456','2026-03-29 05:59:59.123456');
INSERT INTO "import_runs" VALUES('1 Nicolò, import_runs.digest «€»','1 Nicolò, import_runs.file_name «€»',2,2,'2026-03-30 04:59:59.123456','2026-03-30 05:59:59.123456');
INSERT INTO "import_runs" VALUES('2 Nicolò, import_runs.digest «€»','2 Nicolò, import_runs.file_name «€»',3,3,'2026-03-31 04:59:59.123456',NULL);
INSERT INTO "import_runs" VALUES('3 Nicolò, import_runs.digest «€»','3 Nicolò, import_runs.file_name «€»',4,4,'2026-04-01 04:59:59.123456','2026-04-01 05:59:59.123456');
INSERT INTO "import_runs" VALUES('4 Nicolò, import_runs.digest «€»','4 Nicolò, import_runs.file_name «€»',5,5,'2026-04-02 04:59:59.123456','2026-04-02 05:59:59.123456');
INSERT INTO "import_runs" VALUES('5 Nicolò, import_runs.digest «€»','5 Nicolò, import_runs.file_name «€»',6,6,'2026-04-03 04:59:59.123456',NULL);
INSERT INTO "import_runs" VALUES('6 Nicolò, import_runs.digest «€»','6 Nicolò, import_runs.file_name «€»',7,7,'2026-04-04 04:59:59.123456','2026-04-04 05:59:59.123456');
CREATE TABLE inbox (
	update_id BIGINT NOT NULL, 
	chat_id BIGINT NOT NULL, 
	content TEXT, 
	received_at DATETIME NOT NULL, 
	handled_at DATETIME, 
	answer TEXT, 
	answered_at DATETIME, 
	CONSTRAINT pk_inbox PRIMARY KEY (update_id)
);
INSERT INTO "inbox" VALUES(-1000000000000,-1000000000000,'gAAAAABrCn7TjzT3uY9GofSu9ouK-xo2JvAh8pIdW5Rr10AwxzFT3GtQ1DlzVrxl3cOuFN5i6c6AyEUrg63xcqQzXPf1uNFMf1-C2pBxbKE3YO4B452m3Y3KtZIPaoP_ULm1Xvqf4PN8','2026-03-29 03:59:59.123456','2026-03-29 04:59:59.123456','gAAAAABrCn7Tpq6A3aQu58k_SVLoQN8vIFMnypGmRhxVpa5GQaMApM_heV8blF9Wpn0IEzQ1jjBay_ChvOWEu_8Q5Z7t2bL6mjKYgPaR_8mjYclsuyrg1byXLy15v3w77r1Vnv_8WQhy','2026-03-29 06:59:59.123456');
INSERT INTO "inbox" VALUES(-1000000000001,-1000000000001,'gAAAAABrCn7T6_WW6TRttDqEWxHyPRqZGt4t3YDumQLSDfu4PEs22MjNFERSWOfoo3Csuheo3z6mCb_k0REyofUst0-ralAhZr_cxa_NUm2YcBY0oYXeJlPgP3DFhfiQRJACDXkInAJl','2026-03-30 03:59:59.123456','2026-03-30 04:59:59.123456','gAAAAABrCn7T7moY9mEpVQk_NyvpbeTZjHqs_XJyLTNdZ5FBGCAfNtP91wOlopzhhKpkWnObK58MYmmZFGdghGLuVBBEPimji5ywBDETBo3av75RAc4F-VUJSf-2rkahHReYfZEeuLEo','2026-03-30 06:59:59.123456');
INSERT INTO "inbox" VALUES(-1000000000002,-1000000000002,NULL,'2026-03-31 03:59:59.123456',NULL,NULL,NULL);
INSERT INTO "inbox" VALUES(-1000000000003,-1000000000003,'gAAAAABrCn7TYLzPkDe-aIUZXRZakc-e70Tc6VkCmND2tMwSLoOjlmRbr_ysZFcH-kaM5Urcd_tC1yxxqxxeFbeI_dCsLiKKTR0D5UEud0ObvD7cOd8mvxWAbHeD8E6lDA_bCI8b0026','2026-04-01 03:59:59.123456','2026-04-01 04:59:59.123456','gAAAAABrCn7ToAPGCljnKOdnAb_RPH7Shn9O14Zp24wkRMP5Ig38mCgM5cG_cPOh1PghudVTvVaRAP8fbferQPfgxj2x3B2mrJewBJQbYWjrpa2q-4WuuwegxGrUHcYGcEznmsCuuLpA','2026-04-01 06:59:59.123456');
INSERT INTO "inbox" VALUES(-1000000000004,-1000000000004,'gAAAAABrCn7TAHDxtnUHTp7EWxlPkDLQRyaRA2kZfdfBYw8w6ioYw9YaBQpT2GNm7fC0qWGOISCg6aSnyqSBsHwKeKAkjp9UTf1DcPyYVHrDevGo4P8VazMhxz7lJbhLVgYydBY7MG0E','2026-04-02 03:59:59.123456','2026-04-02 04:59:59.123456','gAAAAABrCn7T6r3hNx3v6Gp0DR7JQCSTTnE88haF4UdIoFpQIUaMcQwC-w4_c5u9eINgfD_pZo9hQPn3iQLwbFLTzjFsq9Eu-_m247p6V-coH6YDUx_54H5aIqI6KCYy_v5-jYWG3DxF','2026-04-02 06:59:59.123456');
INSERT INTO "inbox" VALUES(-1000000000005,-1000000000005,NULL,'2026-04-03 03:59:59.123456',NULL,NULL,NULL);
INSERT INTO "inbox" VALUES(-1000000000006,-1000000000006,'gAAAAABrCn7Tb8wqmwrBArzZ18n4bB7JEThoQhW6y68PDP7NPeNFscKmA4cIdjibnU4BY4QjhyOhqs6vJzfrz9kdmgLxOIQx9ImFE-bUAB-kMkhxg8IKeX-RQEKoygThrRbLyqp3e6A5','2026-04-04 03:59:59.123456','2026-04-04 04:59:59.123456','gAAAAABrCn7Twq7oMB20Amds2ia3hZBl5qThUgTDA3PIz2CekRcJJj_liaQauY7U6OTUeeK3bKcXHjGGE1HtPt2k8N1sRtLtbr40C_cHPPLhoWhx4_eBPcFXhF4lsPUklZxWSTpo-z2-','2026-04-04 06:59:59.123456');
CREATE TABLE invitations (
	id INTEGER NOT NULL, 
	customer_id INTEGER NOT NULL, 
	inviter_chat_id BIGINT, 
	access VARCHAR(24) NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	guest_chat_id BIGINT, 
	guest_name TEXT, 
	taken_at DATETIME, 
	closed_at DATETIME, 
	link_id INTEGER, 
	CONSTRAINT pk_invitations PRIMARY KEY (id), 
	CONSTRAINT fk_invitations_customer_id_customers FOREIGN KEY(customer_id) REFERENCES customers (id), 
	CONSTRAINT fk_invitations_link_id_chat_links FOREIGN KEY(link_id) REFERENCES chat_links (id), 
	CONSTRAINT uq_invitations_token_hash UNIQUE (token_hash), 
	CONSTRAINT ck_invitations_access CHECK (access IN ('full', 'view'))
);
INSERT INTO "invitations" VALUES(1,1,-1000000000000,'full','17d68c158d40ca1dcb8ccb0aeb0917c4e6546509355fc51d152d0ed1cd4d616c','2026-03-29 05:59:59.123456','2026-03-29 06:59:59.123456',-1000000000000,'gAAAAABrCn7Th2YitRUYO8Jj7BkzB6qiy1C1k304zlh9xb18WLwQRv0BkJ977CWKMhA6z9u1LYO-7j17XYB2-qQjqYNgavNgd3ju1msw6GIpB4yc75vcpytBkApIkOdFu-BzO4TtoHRX','2026-03-29 09:59:59.123456','2026-03-29 10:59:59.123456',1);
INSERT INTO "invitations" VALUES(2,2,-1000000000001,'view','980e97758231d0ac02909aea97f96fa66a89f27758fc97795a6fb34a29702cd9','2026-03-30 05:59:59.123456','2026-03-30 06:59:59.123456',-1000000000001,'gAAAAABrCn7TwaN1bNxJueiV3SPaEhzRbhj9NyR6sElaOHQ-oOMc_H3dZr6X5BLip877VSi5Oi3HfwnLolwlSwUuIR6k17Z8hjVsi-7oIKb93dNx92vBzFvJUm0jtMDd_STUGD3fVyZo','2026-03-30 09:59:59.123456','2026-03-30 10:59:59.123456',2);
INSERT INTO "invitations" VALUES(3,3,NULL,'full','5feb7d4d59824d160c477a9c6197b4a6ab95beba98706ae79707cb22bc294bb6','2026-03-31 05:59:59.123456','2026-03-31 06:59:59.123456',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "invitations" VALUES(4,4,-1000000000003,'view','9d4122222803f0ef8561151d7b677ef0faae8a44e997417a43693ab383f75df4','2026-04-01 05:59:59.123456','2026-04-01 06:59:59.123456',-1000000000003,'gAAAAABrCn7TqTp6PTOKZW8VbRvXbUmMLdTof-bkVQYaxASrbu9HkRMcpYAxodJcaksYXWHt86z3eWgL_C_8J7KrcL_-VbqCWIKZsp9KPvtxhLwZ9povI1SZUhwFhlGR6TZcYSG6zy29','2026-04-01 09:59:59.123456','2026-04-01 10:59:59.123456',4);
INSERT INTO "invitations" VALUES(5,5,-1000000000004,'full','9ece30a911ed28ed077f53a4c612702e1a2152821da0218296aebc6c2f2f593e','2026-04-02 05:59:59.123456','2026-04-02 06:59:59.123456',-1000000000004,'gAAAAABrCn7ThyOSMgzV2DFawTyX5e5zluNMQQSGsdL-b2UHlg_bjMnrFrD4-raNb8bnP4zI9btbXTj9plUDC_DveUmduGWqE1JJcZcRrKh5lpVhE8Y-nvcvT-BjLPgjrWjmF7LXWcre','2026-04-02 09:59:59.123456','2026-04-02 10:59:59.123456',5);
INSERT INTO "invitations" VALUES(6,6,NULL,'view','70ef5e571c62711ea261d1068fe30fbb34c486bcc8b135b9b12095a179739dfd','2026-04-03 05:59:59.123456','2026-04-03 06:59:59.123456',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "invitations" VALUES(7,7,-1000000000006,'full','b984b333e3547c43ea7844174885dc6afcca86b8766a0e2ebeae94d460e0eda0','2026-04-04 05:59:59.123456','2026-04-04 06:59:59.123456',-1000000000006,'gAAAAABrCn7Tl9QAgR_JwWu15AS54ANmgKuBl2EZzGDn69DqFXom69j9qWROKIHko95qa1MImfpiqHcqSIKnkAVG6AFeakzmNUACGzFkPZRznMOqAxhuu61rkkfmE0UStv2tsZwmop8I','2026-04-04 09:59:59.123456','2026-04-04 10:59:59.123456',7);
CREATE TABLE invoices (
	id INTEGER NOT NULL, 
	customer_id INTEGER NOT NULL, 
	number VARCHAR(40) NOT NULL, 
	day DATE NOT NULL, 
	due DATE NOT NULL, 
	amount_cents BIGINT NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	file_name VARCHAR(64), 
	file_hash VARCHAR(64), 
	file_size BIGINT, 
	listed_at DATETIME NOT NULL, 
	told_at DATETIME, 
	CONSTRAINT pk_invoices PRIMARY KEY (id), 
	CONSTRAINT ck_invoices_file_is_whole CHECK ((file_name IS NULL) = (file_hash IS NULL)), 
	CONSTRAINT fk_invoices_customer_id_customers FOREIGN KEY(customer_id) REFERENCES customers (id), 
	CONSTRAINT ck_invoices_invoice_state CHECK (state IN ('pagata', 'da pagare', 'scaduta'))
);
INSERT INTO "invoices" VALUES(1,1,'0 Nicolò, invoices.number «€»','2024-02-29','2024-02-29',1000000000000,'pagata','0 Nicolò, invoices.file_name «€»','0 Nicolò, invoices.file_hash «€»',1000000000000,'2026-03-29 10:59:59.123456','2026-03-29 11:59:59.123456');
INSERT INTO "invoices" VALUES(2,2,'1 Nicolò, invoices.number «€»','2024-03-01','2024-03-01',1000000000001,'da pagare','1 Nicolò, invoices.file_name «€»','1 Nicolò, invoices.file_hash «€»',1000000000001,'2026-03-30 10:59:59.123456','2026-03-30 11:59:59.123456');
INSERT INTO "invoices" VALUES(3,3,'2 Nicolò, invoices.number «€»','2024-03-02','2024-03-02',1000000000002,'scaduta',NULL,NULL,NULL,'2026-03-31 10:59:59.123456',NULL);
INSERT INTO "invoices" VALUES(4,4,'3 Nicolò, invoices.number «€»','2024-03-03','2024-03-03',1000000000003,'pagata','3 Nicolò, invoices.file_name «€»','3 Nicolò, invoices.file_hash «€»',1000000000003,'2026-04-01 10:59:59.123456','2026-04-01 11:59:59.123456');
INSERT INTO "invoices" VALUES(5,5,'4 Nicolò, invoices.number «€»','2024-03-04','2024-03-04',1000000000004,'da pagare','4 Nicolò, invoices.file_name «€»','4 Nicolò, invoices.file_hash «€»',1000000000004,'2026-04-02 10:59:59.123456','2026-04-02 11:59:59.123456');
INSERT INTO "invoices" VALUES(6,6,'5 Nicolò, invoices.number «€»','2024-03-05','2024-03-05',1000000000005,'scaduta',NULL,NULL,NULL,'2026-04-03 10:59:59.123456',NULL);
INSERT INTO "invoices" VALUES(7,7,'6 Nicolò, invoices.number «€»','2024-03-06','2024-03-06',1000000000006,'pagata','6 Nicolò, invoices.file_name «€»','6 Nicolò, invoices.file_hash «€»',1000000000006,'2026-04-04 10:59:59.123456','2026-04-04 11:59:59.123456');
CREATE TABLE link_attempts (
	id INTEGER NOT NULL, 
	chat_id BIGINT NOT NULL, 
	code_hash VARCHAR(64) NOT NULL, 
	at DATETIME NOT NULL, 
	outcome VARCHAR(24) NOT NULL, 
	CONSTRAINT pk_link_attempts PRIMARY KEY (id), 
	CONSTRAINT ck_link_attempts_attempt_outcome CHECK (outcome IN ('matched', 'no_match', 'no_email', 'refused', 'code_sent', 'wrong_code', 'linked'))
);
INSERT INTO "link_attempts" VALUES(1,-1000000000000,'d2c3a9c5ab3f70249e376f9f469356975569d3a46f7f73c5cbc2ece386636d91','2026-03-29 03:59:59.123456','matched');
INSERT INTO "link_attempts" VALUES(2,-1000000000001,'d2390989ccefa255fa2766ffcc8c151ca45bc1bfa7b5332e4d895a6f17600080','2026-03-30 03:59:59.123456','no_match');
INSERT INTO "link_attempts" VALUES(3,-1000000000002,'f176fe82bf3daf5dd62da66cf68408fa14d544ec7b005f29624d8d3069f8d711','2026-03-31 03:59:59.123456','no_email');
INSERT INTO "link_attempts" VALUES(4,-1000000000003,'e3bddb594a4975cf8b662f289da62a628a72ebc9931293fa23aebc47bc4d4be7','2026-04-01 03:59:59.123456','refused');
INSERT INTO "link_attempts" VALUES(5,-1000000000004,'763ae8e3c6837262271df7b864581593bca66b0c4590a3ae693a1b745207ea71','2026-04-02 03:59:59.123456','code_sent');
INSERT INTO "link_attempts" VALUES(6,-1000000000005,'1e39b7fda9563b95a43b1f926a2ed3ec24139f838ea484ca6b175db16688784f','2026-04-03 03:59:59.123456','wrong_code');
INSERT INTO "link_attempts" VALUES(7,-1000000000006,'01167afcdf799813dc32213d1d4bf6a7779495bf15bdc5c0ccc3757a59e0e419','2026-04-04 03:59:59.123456','linked');
CREATE TABLE measured_days (
	supply_point_id INTEGER NOT NULL, 
	day DATE NOT NULL, 
	quarters_wh TEXT NOT NULL, 
	CONSTRAINT pk_measured_days PRIMARY KEY (supply_point_id, day), 
	CONSTRAINT fk_measured_days_supply_point_id_supply_points FOREIGN KEY(supply_point_id) REFERENCES supply_points (id)
);
INSERT INTO "measured_days" VALUES(1,'2024-02-29','gAAAAABrCn7T_M95RX605mLFna3PEZQmZexumib8Jm8AkcjFAlcWUvgfr1uupcW7bw9cn7m63HVTc0z5bq0ZVzTUvimxuHusXgLDX_CnnxxQ2LIWj1vShYbuUgem0O59I5J_WGvWsrmi');
INSERT INTO "measured_days" VALUES(2,'2024-03-01','gAAAAABrCn7TLNdjMbrnF3VEEuCnqv0QUnyFNo0Fc1y2z8DAbhHW3qN2zRXRojBalU1giqETkbXai28rLrDmluiAOg-R-8oiMWFOgjPXFruKd0oi4VWRbmFHqsrDahINhVKUTBmZmLp7');
INSERT INTO "measured_days" VALUES(3,'2024-03-02','gAAAAABrCn7TdlNJsF25D9QfPYYJ8LJiHPTJ8I7_F5xUjGTi42q4mQUH93wEQJwwnNMPBz7bhUGDZ7utBNxPzGOqZgls3nrX-HKQ34PJGHCSf4FlrVnjAuM2CUdhGdT4TLDB1qcvr5qj');
INSERT INTO "measured_days" VALUES(4,'2024-03-03','gAAAAABrCn7TLEXypqjrqwSK7GvAPiFUONrvDh8K8RWQ5sG4jgdLG4Yz7YXjG9wE5OYRY-4AM3M8A2Av2uvW2yQFCOgflyHlCM1BSUb4GkyVwx6jJTlbSMyNwG5yrvfXnOYAtULnuKx1');
INSERT INTO "measured_days" VALUES(5,'2024-03-04','gAAAAABrCn7TUGk6UkLHK6m__NA1KLpTHHYOV9PXuV-_Re4fNS1EBb_yfxIKfH7bUkaDRe43BpzgtiszBaJC1S9Jf_ZyIWoWCel-6LN7yQheg-CP8i2POoYW13gwt0mjBFow0tbjYszO');
INSERT INTO "measured_days" VALUES(6,'2024-03-05','gAAAAABrCn7T93xq73MwP4zLjt1OHrV_t6L7hDYByuIIYLMQNvTqxKfTnZ2cgvoKLDg-m6z1kAp2t6Cx8nIGiGezmLZxORC7zFC4JdgjMb3e_4sRSsj0qhI-N5CN84qn3eJSmRAiltRy');
INSERT INTO "measured_days" VALUES(7,'2024-03-06','gAAAAABrCn7TGdDFKyA_KC1-jpvv_baBl4G9OFlmu8u_OfceN7XEJKaJjYxPBx5-HVRmN1AtY-aqhokzxtcfXPozC6kfNnqPfC-C0INosF5IqJGwKZsCdczTaJ8OuvyTz_LMD4ptl1PJ');
CREATE TABLE one_time_codes (
	id INTEGER NOT NULL, 
	chat_id BIGINT NOT NULL, 
	customer_id INTEGER NOT NULL, 
	code_hash VARCHAR(64) NOT NULL, 
	address_hash VARCHAR(64), 
	sent_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	tries_left INTEGER NOT NULL, 
	used_at DATETIME, 
	lost BOOLEAN NOT NULL, 
	CONSTRAINT pk_one_time_codes PRIMARY KEY (id), 
	CONSTRAINT fk_one_time_codes_customer_id_customers FOREIGN KEY(customer_id) REFERENCES customers (id)
);
INSERT INTO "one_time_codes" VALUES(1,-1000000000000,1,'6ac074063d982e49c4038d09feb6e91667ee19e7ef3d4ed998ce7425d405fbf4','b3c9c44f2c7452314775de504247c0c4eb9e619a6ff751a6a682896310e2ff84','2026-03-29 05:59:59.123456','2026-03-29 06:59:59.123456',1,'2026-03-29 08:59:59.123456',1);
INSERT INTO "one_time_codes" VALUES(2,-1000000000001,2,'90307ed21864e7c461ae183c8f53354c53bbec40d19b77f6df24304173eb5ef1','eced4fbe3b56cd7a30e3baeda8cc0330a24162113d96f4cadebdef9fc53fac8b','2026-03-30 05:59:59.123456','2026-03-30 06:59:59.123456',2,'2026-03-30 08:59:59.123456',0);
INSERT INTO "one_time_codes" VALUES(3,-1000000000002,3,'df6ad622694c497e1e1269108be37bacf0fe86540f0c3605552a9126523a6d02',NULL,'2026-03-31 05:59:59.123456','2026-03-31 06:59:59.123456',3,NULL,1);
INSERT INTO "one_time_codes" VALUES(4,-1000000000003,4,'62fde18781962db32fab7f65e5964f443f3422f37c9661db0fe46a1172355315','62a119d2234a0675fa2999cfb45bde8dca09fcc1a5f4f9a583d83ca2bb371c84','2026-04-01 05:59:59.123456','2026-04-01 06:59:59.123456',4,'2026-04-01 08:59:59.123456',0);
INSERT INTO "one_time_codes" VALUES(5,-1000000000004,5,'ce9b3c677949443cf2c0adb358f5ca0f857b7ae9444fca10e056318cb2c123bc','a45a18a3bd5a3c352e762a4c5b5b6b0677b9f67a6932609d03733b6529aeedcc','2026-04-02 05:59:59.123456','2026-04-02 06:59:59.123456',5,'2026-04-02 08:59:59.123456',1);
INSERT INTO "one_time_codes" VALUES(6,-1000000000005,6,'f141ea01b724196bffcf7205b91d46eb5f29eeeb1babddafb9d53f6c98fb68de',NULL,'2026-04-03 05:59:59.123456','2026-04-03 06:59:59.123456',6,NULL,0);
INSERT INTO "one_time_codes" VALUES(7,-1000000000006,7,'28a0d756fcf4b3c7ddfa0a169153a99b5fe483f872016497d895ad2f87eeb78c','ed32533e08a9a2df0a67757d59e95dac089b3b23100bf3efcb6f24a6fa313f59','2026-04-04 05:59:59.123456','2026-04-04 06:59:59.123456',7,'2026-04-04 08:59:59.123456',1);
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	"key" VARCHAR(120) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	chat_id BIGINT NOT NULL, 
	reading_id INTEGER, 
	about_id INTEGER, 
	bulk BOOLEAN NOT NULL, 
	content TEXT, 
	not_before DATETIME NOT NULL, 
	not_after DATETIME, 
	state VARCHAR(24) NOT NULL, 
	attempts INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	sent_at DATETIME, 
	carried_by INTEGER, 
	CONSTRAINT pk_outbox PRIMARY KEY (id), 
	CONSTRAINT fk_outbox_reading_id_readings FOREIGN KEY(reading_id) REFERENCES readings (id), 
	CONSTRAINT uq_outbox_key UNIQUE ("key"), 
	CONSTRAINT ck_outbox_outbox_state CHECK (state IN ('queued', 'sending', 'held', 'sent', 'failed', 'outdated'))
);
INSERT INTO "outbox" VALUES(1,'0 Nicolò, outbox.key «€»','0 Nicolò, outbox.kind «€»',-1000000000000,1,1,1,'gAAAAABrCn7TNuVwEX9Tlcl_RCYUDDnixrOu-Mj9IdSvbZNXB9q3fXtWVLrB-S2camjU6P-fxhFaozwgpgPCuJJ-w7-i8E2XykZ4kvdNXxdfn_VMKINMavy2m-px3pEoXHdayjUrWvE8','2026-03-29 08:59:59.123456','2026-03-29 09:59:59.123456','queued',1,'2026-03-29 12:59:59.123456','2026-03-29 13:59:59.123456',1);
INSERT INTO "outbox" VALUES(2,'1 Nicolò, outbox.key «€»','1 Nicolò, outbox.kind «€»',-1000000000001,2,2,0,'gAAAAABrCn7TKWLDDR_fssEpU_jYQW2mLrCB7QPrElYUuAdKpF_joZ3bKQJpXZ2ODhxedNGUOEF_mGFsp9dE7HNawWPW3cX2Kmmgv_thoUyB0R-9zHgpDbYTtiMIRrcT8OWbHz7nf7cz','2026-03-30 08:59:59.123456','2026-03-30 09:59:59.123456','sending',2,'2026-03-30 12:59:59.123456','2026-03-30 13:59:59.123456',2);
INSERT INTO "outbox" VALUES(3,'2 Nicolò, outbox.key «€»','2 Nicolò, outbox.kind «€»',-1000000000002,NULL,NULL,1,NULL,'2026-03-31 08:59:59.123456',NULL,'held',3,'2026-03-31 12:59:59.123456',NULL,NULL);
INSERT INTO "outbox" VALUES(4,'3 Nicolò, outbox.key «€»','3 Nicolò, outbox.kind «€»',-1000000000003,4,4,0,'gAAAAABrCn7TKw3nBiqOhm_-x68a0Wuu5GUPDAOBQnh2FUz6RVLp3UJ70eYa1Rzdt3HGdowXZy3oIMRBzmM2Tbq1shXI_J9cbTYLnkwnDlXPB1OQ88EAiZpAIK9GDNCYc4jUoarymFkG','2026-04-01 08:59:59.123456','2026-04-01 09:59:59.123456','sent',4,'2026-04-01 12:59:59.123456','2026-04-01 13:59:59.123456',4);
INSERT INTO "outbox" VALUES(5,'4 Nicolò, outbox.key «€»','4 Nicolò, outbox.kind «€»',-1000000000004,5,5,1,'gAAAAABrCn7TP4IYnuDU3dQe2rMNSoHSCm2KlElUOVqcnZes05atCYg9bG53gHqThko1ztLifM7iWnRQmZYd1YZCgoSVc5jfrzm_XiVNMl-H_FsdO0RJ37MeGPR3kpr_r_IesvL2mkT2','2026-04-02 08:59:59.123456','2026-04-02 09:59:59.123456','failed',5,'2026-04-02 12:59:59.123456','2026-04-02 13:59:59.123456',5);
INSERT INTO "outbox" VALUES(6,'5 Nicolò, outbox.key «€»','5 Nicolò, outbox.kind «€»',-1000000000005,NULL,NULL,0,NULL,'2026-04-03 08:59:59.123456',NULL,'outdated',6,'2026-04-03 12:59:59.123456',NULL,NULL);
INSERT INTO "outbox" VALUES(7,'6 Nicolò, outbox.key «€»','6 Nicolò, outbox.kind «€»',-1000000000006,7,7,1,'gAAAAABrCn7TwCn7n3zBerdoPQUUZDR1pGfB7SboIB-qMmOPkPHIzfb8s3hfx1H34vARKv0vBMov-KL29e2HcleTyzKqJ-7n1I8q5ogQrWeCbaDAaLhderK-NOgFOGbPBZQpf46vXlJR','2026-04-04 08:59:59.123456','2026-04-04 09:59:59.123456','queued',7,'2026-04-04 12:59:59.123456','2026-04-04 13:59:59.123456',7);
CREATE TABLE readings (
	id INTEGER NOT NULL, 
	supply_point_id INTEGER NOT NULL, 
	day DATE NOT NULL, 
	source VARCHAR(24) NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	meter BIGINT NOT NULL, 
	corrector BIGINT, 
	meter_serial VARCHAR(40), 
	corrector_serial VARCHAR(40), 
	meter_rolled_over BOOLEAN NOT NULL, 
	corrector_rolled_over BOOLEAN NOT NULL, 
	confirmed_unusual BOOLEAN NOT NULL, 
	differs_from_company BOOLEAN NOT NULL, 
	customer_id INTEGER, 
	chat_id BIGINT, 
	receipt_message_id BIGINT, 
	submitted_at DATETIME, 
	cancelled_at DATETIME, 
	acquired_at DATETIME, 
	acquisition_id INTEGER, 
	distributor VARCHAR(11), 
	outcome VARCHAR(24) NOT NULL, 
	outcome_note TEXT, 
	outcome_at DATETIME, 
	CONSTRAINT pk_readings PRIMARY KEY (id), 
	CONSTRAINT ck_readings_corrector_not_negative CHECK (corrector >= 0), 
	CONSTRAINT ck_readings_meter_not_negative CHECK (meter >= 0), 
	CONSTRAINT fk_readings_acquisition_id_acquisitions FOREIGN KEY(acquisition_id) REFERENCES acquisitions (id), 
	CONSTRAINT fk_readings_customer_id_customers FOREIGN KEY(customer_id) REFERENCES customers (id), 
	CONSTRAINT fk_readings_supply_point_id_supply_points FOREIGN KEY(supply_point_id) REFERENCES supply_points (id), 
	CONSTRAINT ck_readings_reading_source CHECK (source IN ('rilevata', 'autolettura', 'stimata')), 
	CONSTRAINT ck_readings_reading_state CHECK (state IN ('pending', 'claimed', 'acquired', 'cancelled')), 
	CONSTRAINT ck_readings_outcome CHECK (outcome IN ('none', 'valid', 'refused'))
);
INSERT INTO "readings" VALUES(1,1,'2024-02-29','rilevata','pending',1000000000000,1000000000000,'0 Nicolò, readings.meter_serial «€»','0 Nicolò, readings.corrector_serial «€»',1,1,1,1,1,-1000000000000,-1000000000000,'2026-03-29 16:59:59.123456','2026-03-29 17:59:59.123456','2026-03-29 18:59:59.123456',1,'0 Nicolò, r','none','gAAAAABrCn7TW1-Hgg8m3_OHraikbPIXqlaiAbxXtKdmqnTIMiIF4clq9I79wNMN_VHlOuqhbqy_JdBCMzoan7s463E2pF_pBxhEqvkN-SSeBVjzO5SouWwqoB1OJgDJ_Lgh_HDZ2Ffx','2026-03-29 23:59:59.123456');
INSERT INTO "readings" VALUES(2,2,'2024-03-01','autolettura','claimed',1000000000001,1000000000001,'1 Nicolò, readings.meter_serial «€»','1 Nicolò, readings.corrector_serial «€»',0,0,0,0,2,-1000000000001,-1000000000001,'2026-03-30 16:59:59.123456','2026-03-30 17:59:59.123456','2026-03-30 18:59:59.123456',2,'1 Nicolò, r','valid','gAAAAABrCn7TlsXm9bLs1iMM-YfaCUpdIl3Cj52PMdiYjVgEAcC6xZNETkeRGXTQugDJDObw-BiMmDNLhFMkkNJXTTC0eZsr616gU73HN0-FX-k4Ie0yy080xjvtXFuC88G9qLjCsuZ9','2026-03-30 23:59:59.123456');
INSERT INTO "readings" VALUES(3,3,'2024-03-02','stimata','acquired',1000000000002,NULL,NULL,NULL,1,1,1,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'refused',NULL,NULL);
INSERT INTO "readings" VALUES(4,4,'2024-03-03','rilevata','cancelled',1000000000003,1000000000003,'3 Nicolò, readings.meter_serial «€»','3 Nicolò, readings.corrector_serial «€»',0,0,0,0,4,-1000000000003,-1000000000003,'2026-04-01 16:59:59.123456','2026-04-01 17:59:59.123456','2026-04-01 18:59:59.123456',4,'3 Nicolò, r','none','gAAAAABrCn7TbJ9_ZXRY7bx6VXUl7tzO6JhYJQKZlLTCM_PpmTzdADbR3_bk73gZX_Lh9ePzE58OHZYN5CkToOkVZycEhOtoV4dsJy1_FSz6A5vAAyfYKkuvAtEizdzJhmzu74iD7-1R','2026-04-01 23:59:59.123456');
INSERT INTO "readings" VALUES(5,5,'2024-03-04','autolettura','pending',1000000000004,1000000000004,'4 Nicolò, readings.meter_serial «€»','4 Nicolò, readings.corrector_serial «€»',1,1,1,1,5,-1000000000004,-1000000000004,'2026-04-02 16:59:59.123456','2026-04-02 17:59:59.123456','2026-04-02 18:59:59.123456',5,'4 Nicolò, r','valid','gAAAAABrCn7TOVSwhsK0YIr6l_dVeFddpTUKseZkAkjOck58Mzekdt0LLSGLY4vCNWshJ2wTy7okKTXuUsN43I0gQx9H5J9njZ0ZnLaB77pcNGE6aG6p-IrS9Qb8aqB4DYAi5MKm6-xb','2026-04-02 23:59:59.123456');
INSERT INTO "readings" VALUES(6,6,'2024-03-05','stimata','claimed',1000000000005,NULL,NULL,NULL,0,0,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'refused',NULL,NULL);
INSERT INTO "readings" VALUES(7,7,'2024-03-06','rilevata','acquired',1000000000006,1000000000006,'6 Nicolò, readings.meter_serial «€»','6 Nicolò, readings.corrector_serial «€»',1,1,1,1,7,-1000000000006,-1000000000006,'2026-04-04 16:59:59.123456','2026-04-04 17:59:59.123456','2026-04-04 18:59:59.123456',7,'6 Nicolò, r','none','gAAAAABrCn7TwJ6AIekw0de7vMvh718KVXpNUapXVcRd1LAr_E4ywzwNgBtSoGMCbRsvqlZ8XqlCWsYtF1R4rVvbbjb--gKmoCCkGMaVVPu6dE9nc1_do-C63lclmhwS_fHr-C92EA-F','2026-04-04 23:59:59.123456');
CREATE TABLE reminder_rounds (
	id INTEGER NOT NULL, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	own BOOLEAN NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	days INTEGER NOT NULL, 
	due_at DATETIME NOT NULL, 
	after_point_id INTEGER NOT NULL, 
	done_at DATETIME, 
	CONSTRAINT pk_reminder_rounds PRIMARY KEY (id), 
	CONSTRAINT ck_reminder_rounds_starts_before_it_ends CHECK (starts_at < ends_at), 
	CONSTRAINT ck_reminder_rounds_reminder_kind CHECK (kind IN ('opens', 'closing', 'last_day'))
);
INSERT INTO "reminder_rounds" VALUES(1,'2026-03-29 01:59:59.123456','2026-03-29 02:59:59.123456',1,'opens',1,'2026-03-29 06:59:59.123456',1,'2026-03-29 08:59:59.123456');
INSERT INTO "reminder_rounds" VALUES(2,'2026-03-30 01:59:59.123456','2026-03-30 02:59:59.123456',0,'closing',2,'2026-03-30 06:59:59.123456',2,'2026-03-30 08:59:59.123456');
INSERT INTO "reminder_rounds" VALUES(3,'2026-03-31 01:59:59.123456','2026-03-31 02:59:59.123456',1,'last_day',3,'2026-03-31 06:59:59.123456',3,NULL);
INSERT INTO "reminder_rounds" VALUES(4,'2026-04-01 01:59:59.123456','2026-04-01 02:59:59.123456',0,'opens',4,'2026-04-01 06:59:59.123456',4,'2026-04-01 08:59:59.123456');
INSERT INTO "reminder_rounds" VALUES(5,'2026-04-02 01:59:59.123456','2026-04-02 02:59:59.123456',1,'closing',5,'2026-04-02 06:59:59.123456',5,'2026-04-02 08:59:59.123456');
INSERT INTO "reminder_rounds" VALUES(6,'2026-04-03 01:59:59.123456','2026-04-03 02:59:59.123456',0,'last_day',6,'2026-04-03 06:59:59.123456',6,NULL);
INSERT INTO "reminder_rounds" VALUES(7,'2026-04-04 01:59:59.123456','2026-04-04 02:59:59.123456',1,'opens',7,'2026-04-04 06:59:59.123456',7,'2026-04-04 08:59:59.123456');
CREATE TABLE staff_groups (
	former_id BIGINT NOT NULL, 
	current_id BIGINT NOT NULL, 
	moved_at DATETIME NOT NULL, 
	CONSTRAINT pk_staff_groups PRIMARY KEY (former_id)
);
INSERT INTO "staff_groups" VALUES(-1000000000000,-1000000000000,'2026-03-29 02:59:59.123456');
INSERT INTO "staff_groups" VALUES(-1000000000001,-1000000000001,'2026-03-30 02:59:59.123456');
INSERT INTO "staff_groups" VALUES(-1000000000002,-1000000000002,'2026-03-31 02:59:59.123456');
INSERT INTO "staff_groups" VALUES(-1000000000003,-1000000000003,'2026-04-01 02:59:59.123456');
INSERT INTO "staff_groups" VALUES(-1000000000004,-1000000000004,'2026-04-02 02:59:59.123456');
INSERT INTO "staff_groups" VALUES(-1000000000005,-1000000000005,'2026-04-03 02:59:59.123456');
INSERT INTO "staff_groups" VALUES(-1000000000006,-1000000000006,'2026-04-04 02:59:59.123456');
CREATE TABLE supply_points (
	id INTEGER NOT NULL, 
	code VARCHAR(15) NOT NULL, 
	customer_id INTEGER NOT NULL, 
	service VARCHAR(24) NOT NULL, 
	address TEXT NOT NULL, 
	self_reading VARCHAR(24) NOT NULL, 
	meter_serial VARCHAR(40), 
	meter_digits INTEGER, 
	corrector_serial VARCHAR(40), 
	corrector_digits INTEGER, 
	meter_class VARCHAR(8), 
	coefficient_c VARCHAR(32), 
	contracted_power_w INTEGER, 
	distributor VARCHAR(11), 
	contract TEXT, 
	offer VARCHAR(120), 
	since DATE NOT NULL, 
	visible_from DATE NOT NULL, 
	until DATE, 
	CONSTRAINT pk_supply_points PRIMARY KEY (id), 
	CONSTRAINT ck_supply_points_corrector_digits CHECK (corrector_digits BETWEEN 1 AND 12), 
	CONSTRAINT ck_supply_points_meter_digits CHECK (meter_digits BETWEEN 1 AND 12), 
	CONSTRAINT fk_supply_points_customer_id_customers FOREIGN KEY(customer_id) REFERENCES customers (id), 
	CONSTRAINT uq_supply_points_code UNIQUE (code), 
	CONSTRAINT ck_supply_points_service CHECK (service IN ('gas', 'luce')), 
	CONSTRAINT ck_supply_points_self_reading_kind CHECK (self_reading IN ('nessuna', 'contatore', 'contatore+correttore'))
);
INSERT INTO "supply_points" VALUES(1,'0 Nicolò, suppl',1,'gas','gAAAAABrCn7TPr-FOAr3syzf7ey32IrV5spEWpjHZBCt-hnm2K9hyPwDU4UZSf9ciHoGM8rtKLtwUPhHsUJjYu_q-WKGQxLW82e1eplCpSpXPfQWGHC1VYE7fTp9B6Ks-XC6oR7rJvDA','nessuna','0 Nicolò, supply_points.meter_serial «€»',1,'0 Nicolò, supply_points.corrector_serial',1,'0 Nicolò','1.02700',1,'0 Nicolò, s','gAAAAABrCn7TZ2PfEnI9wddsXorGadBrSDhFmjXxg22f9qPB9Ab71EX4uE86pZnN89ltlXbZnJUBEhxWVXT3u0CyJLP2WETIDnj2kQuA36Kw6m5pBBD6Y-txWGbLNfXYgAsDjmKLTRVY','0 Nicolò, supply_points.offer «€»','2024-02-29','2024-02-29','2024-02-29');
INSERT INTO "supply_points" VALUES(2,'1 Nicolò, suppl',2,'luce','gAAAAABrCn7TigMXJNOpFQVIlZI6Bp4Tnut-c62Qn7x4f6UDg2I2yunU96i8vSSWl25pM2aMNtLYrml6LT-MQjQqyeiKmYYq6QRUTgjMsf06pFym_VffLhZjOthLXEBzJube2fN9c6a3','contatore','1 Nicolò, supply_points.meter_serial «€»',2,'1 Nicolò, supply_points.corrector_serial',2,'1 Nicolò','1.02710',2,'1 Nicolò, s','gAAAAABrCn7TQyT9hfTAei_YqGNLggc1Ifqrlf0TOVisb3oICO2TO1Ngc3C9_OG6sZBRRTvlLTmQK953G_fodVXYNMinluOMwFcOVwY58kiQolEL8l0gEly7NOUIGs2FogjVyINWvUnb','1 Nicolò, supply_points.offer «€»','2024-03-01','2024-03-01','2024-03-01');
INSERT INTO "supply_points" VALUES(3,'2 Nicolò, suppl',3,'gas','gAAAAABrCn7TSmAXlLL7oFhIeQxNT3bZ3UQYT_Jb1-Z7kzB494NGCgvTLF92Ma_9QoSuWcCPSlmHaWOWP-74d-kQkV9FlCvc8_Xo37KYWDx_qnbJE0L2W2ztdjmej9p68OalyOwgwi7s','contatore+correttore',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2024-03-02','2024-03-02',NULL);
INSERT INTO "supply_points" VALUES(4,'3 Nicolò, suppl',4,'luce','gAAAAABrCn7TcG9dJZJmIgEzXnE4xlaXFS1Zs5wlc7kv54VpJSdPwz-HY1okKTUATQQ5GAeTQoZ67YkYwBUMotmReCDTlkAASM4G9ZTTBWq0yvq9Z2yyOdmD53t-FqgEWpT1XOzYw2ia','nessuna','3 Nicolò, supply_points.meter_serial «€»',4,'3 Nicolò, supply_points.corrector_serial',4,'3 Nicolò','1.02730',4,'3 Nicolò, s','gAAAAABrCn7TyMo3lmENjUfBLfdFbsGmgbg2UDLdhvqavqKZINnXH9BQxn4o1fl3FAK-xzG2rtANrQYjh9BUpn4JCMiZLja3_I-ZAcVZXDGTS8q3dvLGgvhRFT0xo0IzjPvKSP2THTZa','3 Nicolò, supply_points.offer «€»','2024-03-03','2024-03-03','2024-03-03');
INSERT INTO "supply_points" VALUES(5,'4 Nicolò, suppl',5,'gas','gAAAAABrCn7TdYV5RtyxuA9z7o-yAmiNTOCr-chZUN6VNAOdxrEnrhnFwoqeYrwrHXn0y2D_PBO4jLsVN9R-XYhumxKD1UJZYFh0Tfb4BtDiU30tUasH-brqtbCL77AzMhHRXVWSUZqr','contatore','4 Nicolò, supply_points.meter_serial «€»',5,'4 Nicolò, supply_points.corrector_serial',5,'4 Nicolò','1.02740',5,'4 Nicolò, s','gAAAAABrCn7T3W8EFyG62ggtJdIPJ_DZ_6VYu36b3M4Ih3CWC2MoOqZB5y-BxNbc34qqBBrYdKn-1MfG90api88KvKCNueIKfGZetiPutv8x4N5PHTrFtNcwvtdKWzu-OR8VUYmYo4zU','4 Nicolò, supply_points.offer «€»','2024-03-04','2024-03-04','2024-03-04');
INSERT INTO "supply_points" VALUES(6,'5 Nicolò, suppl',6,'luce','gAAAAABrCn7Ti_NgDWvKKOj3f_s5jjAzLtp6cgJCs5qNK7zC4bMBNxBvlYDkxVJAIZm21-TRF1iRwWvnxFJVutg13JC_MoNpmuhHFL2iWoCO2NAEj3lYrthkXW4aSygbA0u_42bBAjkB','contatore+correttore',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2024-03-05','2024-03-05',NULL);
INSERT INTO "supply_points" VALUES(7,'6 Nicolò, suppl',7,'gas','gAAAAABrCn7TE65yxV-C2avd0aMq-ijTueXnFOCPAH67qSjA_pmnwmtMJs_lxoxYVYjpmz88MUJmCo74-Xbn5-l7_lZCIkiUElkimtxL7_NKXS3gRpVro4LeCXIydU_27XF7kOUqBRpc','nessuna','6 Nicolò, supply_points.meter_serial «€»',7,'6 Nicolò, supply_points.corrector_serial',7,'6 Nicolò','1.02760',7,'6 Nicolò, s','gAAAAABrCn7Ty7UTlSWsmPQ1MG2KQcATeObxOKqCBYshxkWiSpKaO8LZhnmtBefL_qdYKZ_SCooibTRNoJ4LdRJl9br7e6jTLXLXrt4ax4edp0-rSL_BDxfhu8NGPCdvj_78o32HK0qE','6 Nicolò, supply_points.offer «€»','2024-03-06','2024-03-06','2024-03-06');
CREATE TABLE telegram_files (
	content_key VARCHAR(80) NOT NULL, 
	file_id VARCHAR(255) NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_telegram_files PRIMARY KEY (content_key)
);
INSERT INTO "telegram_files" VALUES('0 Nicolò, telegram_files.content_key «€»','0 Nicolò, telegram_files.file_id «€»','2026-03-29 02:59:59.123456');
INSERT INTO "telegram_files" VALUES('1 Nicolò, telegram_files.content_key «€»','1 Nicolò, telegram_files.file_id «€»','2026-03-30 02:59:59.123456');
INSERT INTO "telegram_files" VALUES('2 Nicolò, telegram_files.content_key «€»','2 Nicolò, telegram_files.file_id «€»','2026-03-31 02:59:59.123456');
INSERT INTO "telegram_files" VALUES('3 Nicolò, telegram_files.content_key «€»','3 Nicolò, telegram_files.file_id «€»','2026-04-01 02:59:59.123456');
INSERT INTO "telegram_files" VALUES('4 Nicolò, telegram_files.content_key «€»','4 Nicolò, telegram_files.file_id «€»','2026-04-02 02:59:59.123456');
INSERT INTO "telegram_files" VALUES('5 Nicolò, telegram_files.content_key «€»','5 Nicolò, telegram_files.file_id «€»','2026-04-03 02:59:59.123456');
INSERT INTO "telegram_files" VALUES('6 Nicolò, telegram_files.content_key «€»','6 Nicolò, telegram_files.file_id «€»','2026-04-04 02:59:59.123456');
CREATE TABLE ticket_files (
	id INTEGER NOT NULL, 
	message_id INTEGER NOT NULL, 
	media VARCHAR(24) NOT NULL, 
	file_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	size BIGINT, 
	room_name VARCHAR(64), 
	lost BOOLEAN NOT NULL, 
	CONSTRAINT pk_ticket_files PRIMARY KEY (id), 
	CONSTRAINT fk_ticket_files_message_id_ticket_messages FOREIGN KEY(message_id) REFERENCES ticket_messages (id), 
	CONSTRAINT ck_ticket_files_media_kind CHECK (media IN ('photo', 'document'))
);
INSERT INTO "ticket_files" VALUES(1,1,'photo','gAAAAABrCn7TykytW4hl-6OX4xKLBiEGEln5zJJXh_1sg_RH5RKNJ_prw6P8gIjw1k_n0on0gwitEYuY6nFIrTpu06SPqz_m21GDRxuXmTUAFfZ2DeeEXKyVJIk0Nw6z1lME27TgpPXJ','gAAAAABrCn7TJxzxgiQz9RoLtcvNxGfsnvfWxfsqlqhMgy8o9_LmdzRGQZlZCeVe-AOhld8aZny9jJXpI-RWkrxxwmgwBDTzqmYw3tFJJYxQ1e0Q06Dqt38p8ZeaObrQtEMQTWJHpERj',1000000000000,'0 Nicolò, ticket_files.room_name «€»',1);
INSERT INTO "ticket_files" VALUES(2,2,'document','gAAAAABrCn7TFYZyf6kJtc2aeaeRKoopYJ4nnWX6Iyt0h3g5PI_6xJTflDsNmJ6Ct3ZFtNb7EL2u5-nQJ9d4HaIAo-L1VmwFY0CBgSs0uxtv4MnCGPlc4y0GoMlEy0Cu_oQ0ddbkiqId','gAAAAABrCn7Tv0NT3QD-RgMKyEtSjk-jFtfI3diY99ZNM4ZGdz-huUz98MzTScn4MJnB_niXFVWquRGf4V4dM2p7f-z7RyvAKGiPb-MLPGQ4rKAhemVRdODQ6MbRtPIf2bEpKwLcLfpU',1000000000001,'1 Nicolò, ticket_files.room_name «€»',0);
INSERT INTO "ticket_files" VALUES(3,3,'photo','gAAAAABrCn7TTYqEfSjQ1ZDfyhu1MgUVwEGNPA0QTH2QQLcwDYuE41HtsrjokU212wRVVzwyC4g1SnQJE_GlNpVzQLJ0fF8Nney0UCfWpxhCOTgQ-w64WtmtLUbx1FQRs-sOk5VO8YEv','gAAAAABrCn7TVCp-RiqzEuQd6iLZQQKx2zV2Gs78WcdYFCLmfb4ajroF1CDqd4dxItv69dGSqZRBR6a6eksY5fGk3tsznBBFLSreOfve6nmOPytszdigRTS-ztFHn2a4nJ6NrdyxWhHG',NULL,NULL,1);
INSERT INTO "ticket_files" VALUES(4,4,'document','gAAAAABrCn7TO1iQsR-HVj_G3GPtJ3d4KF7ZY9nRi4NS4d2eLtX6cgx9e5rktSXpVW2QPm4mcBLeCdPAz1OMoOmLFYNw8tMhifmTlAn3A7MgRyu0bT2W9EO30j8etHNSm7dYuXvsCIen','gAAAAABrCn7Ta9BKB9iWY-pFRdtiZqEfr90BmQVye0uKx1WbAXecYhJLLRSjdHCC-mcPiq9dMbRZYJ2yRDhhXEF1LDScwrXiaAjiOpI3EKZB7gHqS95MmNyk-M0wZ5VA4scPOPwZkRZ_',1000000000003,'3 Nicolò, ticket_files.room_name «€»',0);
INSERT INTO "ticket_files" VALUES(5,5,'photo','gAAAAABrCn7TUdfcTaRQG5LhS2k2H73eZ3Uh5MjuD0rtYua8ZG_manBygYtHuUJTG8YE8asyyzZMj204XV-FKJUj72YdO7jgrwsMVQhj1Ffpr4QggfoCT-SHfsJQDRlF92DV5xrpBArb','gAAAAABrCn7Tfwdql7YxmA7A8prXBSh5ugWLdihuFLVG5nX0WdOCbiEaPkn-9sDGlRymx2zyPLqmkKktVWNI8kwuE6tRmWnGUFqSJoOi99Ve3hVSjfpnE-aL4ioAgHh00AvShMqFzlmS',1000000000004,'4 Nicolò, ticket_files.room_name «€»',1);
INSERT INTO "ticket_files" VALUES(6,6,'document','gAAAAABrCn7TFmO1tpteUJVUm7Da7JBUdv-0rbJo5OSWxgUUBsDEuVqqKQ6Jfj3jfTz1gHJLy-NGLRX8GeX60OYwW2Bl-UjS12rta62CeZqh_MdyKMXN4EcLnIWeRKdRcwyJ2YB_hjHp','gAAAAABrCn7TRigw3I_0nOB-ma2NattlTmvI1r-aa7PfhzspFV6iUBZER8R_wtVI1_odVvxl3UFwPIThTRDj_sDcUf37VHw1H67oARuC_SE0zXFBhjp-2obgB0iprNZaXZY9Gvww3lJc',NULL,NULL,0);
INSERT INTO "ticket_files" VALUES(7,7,'photo','gAAAAABrCn7T9u4SszBho98O161H63VnJGU2Z7RuydTO6yWhJhO9kwpmdAtVvgrbKlfjznB4qUmJdpzSCUgIy8N7uaJeL6XtVI292MeRuBNWqKGaEbeLqSl1lmyzWIet8M1JwUvVkCHM','gAAAAABrCn7TVfyPlF8xPqlxEfYwc05xw9obFGtAXCMjq7WtgT5thNx-eSsLSRRTndLK8lMmhxkBji3Sfuwwa3aPrkcTSc6y60MJTMFy3SUIKSkdmhwFXXlhc8y5sPsn5r2ZDU8iiFjs',1000000000006,'6 Nicolò, ticket_files.room_name «€»',1);
CREATE TABLE ticket_messages (
	id INTEGER NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	author VARCHAR(24) NOT NULL, 
	chat_id BIGINT, 
	words TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_ticket_messages PRIMARY KEY (id), 
	CONSTRAINT fk_ticket_messages_ticket_id_tickets FOREIGN KEY(ticket_id) REFERENCES tickets (id), 
	CONSTRAINT ck_ticket_messages_ticket_author CHECK (author IN ('customer', 'staff'))
);
INSERT INTO "ticket_messages" VALUES(1,1,'customer',-1000000000000,'gAAAAABrCn7Tp10TF9ril7fzYUAmg8_YIhftSW_qH6qbhdXthd6Zi4AQWb7ttLmveTf04SxLGHHmVTM7MGt6YsSV_dWOZDYNoOhhc14_J7n1gXazfPoc6iZMJvHIxggbxg5LDc4oEDVr','2026-03-29 05:59:59.123456');
INSERT INTO "ticket_messages" VALUES(2,2,'staff',-1000000000001,'gAAAAABrCn7Tk3P0jb8jzya4ePawtsOSn044qOK7mIMoOmjGQPzebFqgU32Bb62aS3drKqjFu9kkJACby3rQB9v0UDwmYjygPQBXXCv46r3X_-4M0kwFFZ0ixsdo7ENhVx00EXHSighW','2026-03-30 05:59:59.123456');
INSERT INTO "ticket_messages" VALUES(3,3,'customer',NULL,'gAAAAABrCn7T9jAw9QK4LQNNcLGimty9s-yg4ByO_Z9vGaETrqCPEmEwJjyS3lRNymo741S3z6egfxOVp2l3GjKAhjjcGxsSkCBq675eRf6JGHzLR9JwUVdxqPSFikL-AOpxJZ_NS8sq','2026-03-31 05:59:59.123456');
INSERT INTO "ticket_messages" VALUES(4,4,'staff',-1000000000003,'gAAAAABrCn7TvYVI-hZhUIyZHSOL0xJwffyBvF1OnkQPjdhCBF8ByZAPSJCtpmEJdePki2M3TVsXvgPocQnWJV16-wRTeRwE8p5iMemVgLvTWhRVNh2zXfEuCJUHmpfq1g_exRd8gJTa','2026-04-01 05:59:59.123456');
INSERT INTO "ticket_messages" VALUES(5,5,'customer',-1000000000004,'gAAAAABrCn7TxMwGrWrS3xuQrQqqUoLQZj3vEUP7CfB2N-9yExc_ce_b2v_dn3NQrgXkeaKkHdtbzoeId4w6FQAKye_K5RDjS8_WHSUHkcRQLiQ65lsmDk-cr9iI4BVL1L_ADakV7kKo','2026-04-02 05:59:59.123456');
INSERT INTO "ticket_messages" VALUES(6,6,'staff',NULL,'gAAAAABrCn7T-RZ8IPDOWVvOmc2og7iK0fO-OusRbwVjwVWebGuSwZLSCLRtpN85YP82HMW5Mysv7AObLbojcDGb2AP0S5pV9dLVzXUEaf41JDV2mzoITxgIOJVmJ9p4Vcq02sc4JF6v','2026-04-03 05:59:59.123456');
INSERT INTO "ticket_messages" VALUES(7,7,'customer',-1000000000006,'gAAAAABrCn7T3mS_1pApz4NTy1Y9CcZUdNs07HOyXtg59OBF2iB2RsLZosFGU0EuN5KIPFVIXtQj0SyMsrmgQ5zk2P6Ddfb1eF7PYMJXnPZ4-5kqspfAL1wOLSvlKQNcQ1k5jjaD1QgI','2026-04-04 05:59:59.123456');
CREATE TABLE ticket_posts (
	group_id BIGINT NOT NULL, 
	message_id BIGINT NOT NULL, 
	ticket_id INTEGER NOT NULL, 
	CONSTRAINT pk_ticket_posts PRIMARY KEY (group_id, message_id), 
	CONSTRAINT fk_ticket_posts_ticket_id_tickets FOREIGN KEY(ticket_id) REFERENCES tickets (id)
);
INSERT INTO "ticket_posts" VALUES(-1000000000000,-1000000000000,1);
INSERT INTO "ticket_posts" VALUES(-1000000000001,-1000000000001,2);
INSERT INTO "ticket_posts" VALUES(-1000000000002,-1000000000002,3);
INSERT INTO "ticket_posts" VALUES(-1000000000003,-1000000000003,4);
INSERT INTO "ticket_posts" VALUES(-1000000000004,-1000000000004,5);
INSERT INTO "ticket_posts" VALUES(-1000000000005,-1000000000005,6);
INSERT INTO "ticket_posts" VALUES(-1000000000006,-1000000000006,7);
CREATE TABLE tickets (
	id INTEGER NOT NULL, 
	customer_id INTEGER NOT NULL, 
	chat_id BIGINT, 
	receipt_message_id BIGINT, 
	subject TEXT NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	last_author VARCHAR(24) NOT NULL, 
	opened_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, 
	closed_at DATETIME, 
	thread_chat_id BIGINT, 
	thread_id BIGINT, 
	thread_is_topic BOOLEAN NOT NULL, 
	CONSTRAINT pk_tickets PRIMARY KEY (id), 
	CONSTRAINT ck_tickets_closed_at CHECK ((state = 'closed') = (closed_at IS NOT NULL)), 
	CONSTRAINT fk_tickets_customer_id_customers FOREIGN KEY(customer_id) REFERENCES customers (id), 
	CONSTRAINT ck_tickets_ticket_state CHECK (state IN ('open', 'closed')), 
	CONSTRAINT ck_tickets_ticket_author CHECK (last_author IN ('customer', 'staff'))
);
INSERT INTO "tickets" VALUES(1,1,-1000000000000,-1000000000000,'gAAAAABrCn7TtzzNkTebjPcJm2UVtej67HEzIWh4VhLZC8COT8pRXnVDEtZgbMizKHn2XaHIn5Q3sn4UkrHYIBocDdWQeRNdu85LBcfmk4UHpcjV_cwPR-6zXz000hWC_jymirS0hAdw','closed','customer','2026-03-29 07:59:59.123456','2026-03-29 08:59:59.123456','2026-03-29 09:59:59.123456',-1000000000000,-1000000000000,1);
INSERT INTO "tickets" VALUES(2,2,-1000000000001,-1000000000001,'gAAAAABrCn7TdLlNtA0to80CPw9d4TTag0m8EN2T8cA3b2jKVevqiPc7iSKrDFIlPr7ZPN4hAWGKRkr6-d6iXM4K9_OEPeZC5xThNU6u51AbYtKlDm6slVEzcw60uHzzfxFzcrE6zM80','closed','staff','2026-03-30 07:59:59.123456','2026-03-30 08:59:59.123456','2026-03-30 09:59:59.123456',-1000000000001,-1000000000001,0);
INSERT INTO "tickets" VALUES(3,3,NULL,NULL,'gAAAAABrCn7T2xwQaTaOJtWfDCWqAbSD845AD_kHV7mI_ivH4GLM3bC9DLSUnghxkjLfxf06PmTpQ0GNjfY-2R1CtVY1es0eDnx6HFCKDhaT3tkgoVhhJSy6mtdlUhs4LGWfh6Gk2nrO','open','customer','2026-03-31 07:59:59.123456','2026-03-31 08:59:59.123456',NULL,NULL,NULL,1);
INSERT INTO "tickets" VALUES(4,4,-1000000000003,-1000000000003,'gAAAAABrCn7T7TOFlO6o9qkzGZHE9KO7sZdo3MCwQjPHPksfGpm3QzQtGHObjFmgriXmNnrn-Q4CzWgM58hStiX-4TpJzD0Q7MoBRb3QE6lOi8VT8Reog3un_ER-BMzbls5Hf8sJXhgK','closed','staff','2026-04-01 07:59:59.123456','2026-04-01 08:59:59.123456','2026-04-01 09:59:59.123456',-1000000000003,-1000000000003,0);
INSERT INTO "tickets" VALUES(5,5,-1000000000004,-1000000000004,'gAAAAABrCn7TLWu3PGIz8isKhFFYpmF8q086bW47sFRYNpZeSm5E54fq3M2tqXNLe5ILCN4lO233bfp2Q9c0eJDHXppNXCnHPyjydZfpzVOXR94apArio0vmBXxs-CLcFQD8ZyMNHZx9','closed','customer','2026-04-02 07:59:59.123456','2026-04-02 08:59:59.123456','2026-04-02 09:59:59.123456',-1000000000004,-1000000000004,1);
INSERT INTO "tickets" VALUES(6,6,NULL,NULL,'gAAAAABrCn7T5TB-0B1D5Tx7kqP8QchkppqaLH7SUW7TozROmQuW3YDj0_wvhtAYlTsFbcBoTydyt5VTiA1J8_XvjErcuOs8UhA0pUv9jLXilO4jiUFYWXXEVW7Xj3lL0AtCobb6clXQ','open','staff','2026-04-03 07:59:59.123456','2026-04-03 08:59:59.123456',NULL,NULL,NULL,0);
INSERT INTO "tickets" VALUES(7,7,-1000000000006,-1000000000006,'gAAAAABrCn7TfTgWldizUucyWeE9FzZfuWAv-3vI8ACxNdMD1dr7AORSgqH2_O6UUw9oTJnn8hnsj_Y9nCh15C2FDvT6gAt28O5tGTW_JQTTdp4sYviU5sBvXEb-liDifkcZyHuJ59gy','closed','customer','2026-04-04 07:59:59.123456','2026-04-04 08:59:59.123456','2026-04-04 09:59:59.123456',-1000000000006,-1000000000006,1);
CREATE TABLE withdrawals (
	supply_point_id INTEGER NOT NULL, 
	year INTEGER NOT NULL, 
	month INTEGER NOT NULL, 
	f1_wh BIGINT, 
	f2_wh BIGINT, 
	f3_wh BIGINT, 
	power_w BIGINT, 
	smc VARCHAR(32), 
	CONSTRAINT pk_withdrawals PRIMARY KEY (supply_point_id, year, month), 
	CONSTRAINT ck_withdrawals_month CHECK (month BETWEEN 1 AND 12), 
	CONSTRAINT fk_withdrawals_supply_point_id_supply_points FOREIGN KEY(supply_point_id) REFERENCES supply_points (id)
);
INSERT INTO "withdrawals" VALUES(1,1,1,1000000000000,1000000000000,1000000000000,1000000000000,'1.02700');
INSERT INTO "withdrawals" VALUES(2,2,2,1000000000001,1000000000001,1000000000001,1000000000001,'1.02710');
INSERT INTO "withdrawals" VALUES(3,3,3,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "withdrawals" VALUES(4,4,4,1000000000003,1000000000003,1000000000003,1000000000003,'1.02730');
INSERT INTO "withdrawals" VALUES(5,5,5,1000000000004,1000000000004,1000000000004,1000000000004,'1.02740');
INSERT INTO "withdrawals" VALUES(6,6,6,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "withdrawals" VALUES(7,7,7,1000000000006,1000000000006,1000000000006,1000000000006,'1.02760');
CREATE TABLE withdrawn_windows (
	id INTEGER NOT NULL, 
	supply_point_id INTEGER, 
	starts_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	after_message_id INTEGER NOT NULL, 
	CONSTRAINT pk_withdrawn_windows PRIMARY KEY (id), 
	CONSTRAINT fk_withdrawn_windows_supply_point_id_supply_points FOREIGN KEY(supply_point_id) REFERENCES supply_points (id)
);
INSERT INTO "withdrawn_windows" VALUES(1,1,'2026-03-29 02:59:59.123456','2026-03-29 03:59:59.123456',1);
INSERT INTO "withdrawn_windows" VALUES(2,2,'2026-03-30 02:59:59.123456','2026-03-30 03:59:59.123456',2);
INSERT INTO "withdrawn_windows" VALUES(3,NULL,'2026-03-31 02:59:59.123456','2026-03-31 03:59:59.123456',3);
INSERT INTO "withdrawn_windows" VALUES(4,4,'2026-04-01 02:59:59.123456','2026-04-01 03:59:59.123456',4);
INSERT INTO "withdrawn_windows" VALUES(5,5,'2026-04-02 02:59:59.123456','2026-04-02 03:59:59.123456',5);
INSERT INTO "withdrawn_windows" VALUES(6,NULL,'2026-04-03 02:59:59.123456','2026-04-03 03:59:59.123456',6);
INSERT INTO "withdrawn_windows" VALUES(7,7,'2026-04-04 02:59:59.123456','2026-04-04 03:59:59.123456',7);
CREATE INDEX ix_announcements_kept ON announcements (file_name) WHERE file_name IS NOT NULL;
CREATE INDEX ix_conversations_expires_at ON conversations (expires_at);
CREATE INDEX ix_inbox_handled_at ON inbox (handled_at);
CREATE INDEX ix_inbox_unfinished ON inbox (update_id) WHERE answered_at IS NULL;
CREATE INDEX ix_link_attempts_chat_id_at ON link_attempts (chat_id, at);
CREATE INDEX ix_link_attempts_code_hash_at ON link_attempts (code_hash, at);
CREATE INDEX ix_reminder_rounds_due ON reminder_rounds (due_at) WHERE done_at IS NULL;
CREATE UNIQUE INDEX uq_reminder_rounds_window ON reminder_rounds (ends_at, starts_at, own, kind, days);
CREATE INDEX ix_staff_groups_current_id ON staff_groups (current_id);
CREATE INDEX ix_contact_changes_acquisition_id ON contact_changes (acquisition_id);
CREATE INDEX ix_contact_changes_chat_id ON contact_changes (chat_id);
CREATE INDEX ix_contact_changes_customer_id ON contact_changes (customer_id);
CREATE INDEX ix_contact_changes_unclaimed ON contact_changes (id) WHERE acquisition_id IS NULL;
CREATE INDEX ix_documents_file_name ON documents (file_name);
CREATE UNIQUE INDEX uq_documents_forms ON documents (title, day) WHERE customer_id IS NULL;
CREATE UNIQUE INDEX uq_documents_of_customer ON documents (customer_id, title, day) WHERE customer_id IS NOT NULL;
CREATE INDEX ix_invoices_customer_id_day ON invoices (customer_id, day);
CREATE INDEX ix_invoices_kept ON invoices (file_name) WHERE file_name IS NOT NULL;
CREATE INDEX ix_invoices_listed_at ON invoices (listed_at);
CREATE INDEX ix_invoices_untold ON invoices (id) WHERE told_at IS NULL;
CREATE UNIQUE INDEX uq_invoices_customer_number ON invoices (customer_id, number);
CREATE INDEX ix_one_time_codes_chat_id_sent_at ON one_time_codes (chat_id, sent_at);
CREATE INDEX ix_supply_points_customer_id ON supply_points (customer_id);
CREATE INDEX ix_tickets_chat_id_receipt_message_id ON tickets (chat_id, receipt_message_id);
CREATE INDEX ix_tickets_customer_id ON tickets (customer_id);
CREATE INDEX ix_tickets_thread_chat_id_thread_id ON tickets (thread_chat_id, thread_id);
CREATE INDEX ix_tickets_waiting ON tickets (id) WHERE state = 'open' AND last_author = 'customer';
CREATE INDEX ix_entry_windows_ends_at_starts_at_supply_point_id ON entry_windows (ends_at, starts_at, supply_point_id);
CREATE INDEX ix_entry_windows_supply_point_id ON entry_windows (supply_point_id);
CREATE INDEX ix_entry_windows_unplanned ON entry_windows (id) WHERE planned_at IS NULL;
CREATE INDEX ix_readings_acquisition_id ON readings (acquisition_id);
CREATE INDEX ix_readings_of_chat ON readings (chat_id, receipt_message_id) WHERE chat_id IS NOT NULL;
CREATE INDEX ix_readings_pending ON readings (id) WHERE state = 'pending';
CREATE INDEX ix_readings_supply_point_id_day ON readings (supply_point_id, day);
CREATE UNIQUE INDEX uq_readings_one_live_self_reading_a_day ON readings (supply_point_id, day) WHERE source = 'autolettura' AND state <> 'cancelled' AND outcome <> 'refused';
CREATE UNIQUE INDEX uq_readings_supplier_key ON readings (supply_point_id, day, source) WHERE source <> 'autolettura';
CREATE INDEX ix_ticket_messages_chat_id_at ON ticket_messages (chat_id, at);
CREATE INDEX ix_ticket_messages_ticket_id ON ticket_messages (ticket_id);
CREATE INDEX ix_ticket_posts_ticket_id ON ticket_posts (ticket_id);
CREATE INDEX ix_chat_links_chat_id ON chat_links (chat_id);
CREATE INDEX ix_chat_links_customer_id ON chat_links (customer_id);
CREATE UNIQUE INDEX uq_chat_links_live ON chat_links (chat_id, customer_id) WHERE revoked_at IS NULL;
CREATE INDEX ix_chat_preferences_quiet ON chat_preferences (quiet_from, quiet_until) WHERE quiet_from IS NOT NULL;
CREATE INDEX ix_outbox_chat_id ON outbox (chat_id);
CREATE INDEX ix_outbox_due ON outbox (bulk, not_before, id) WHERE state = 'queued';
CREATE INDEX ix_outbox_expiring ON outbox (not_after) WHERE state IN ('queued', 'held');
CREATE INDEX ix_outbox_kind_about_id_state ON outbox (kind, about_id, state);
CREATE INDEX ix_outbox_sending ON outbox (id) WHERE state = 'sending';
CREATE INDEX ix_outbox_settled ON outbox (created_at) WHERE state IN ('sent', 'failed', 'outdated');
CREATE INDEX ix_ticket_files_kept ON ticket_files (room_name) WHERE room_name IS NOT NULL;
CREATE INDEX ix_ticket_files_message_id ON ticket_files (message_id);
CREATE INDEX ix_ticket_files_to_fetch ON ticket_files (id) WHERE room_name IS NULL AND lost = 0;
CREATE INDEX ix_invitations_customer_id ON invitations (customer_id);
CREATE INDEX ix_invitations_guest_chat_id ON invitations (guest_chat_id);
CREATE INDEX ix_invitations_inviter_chat_id ON invitations (inviter_chat_id);
CREATE INDEX ix_invitations_link_id ON invitations (link_id);
COMMIT;
