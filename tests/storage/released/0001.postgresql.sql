CREATE TABLE public.acquisitions (
    id integer NOT NULL,
    claimed_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    company_vat character varying(11)
);
CREATE SEQUENCE public.acquisitions_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.acquisitions_id_seq OWNED BY public.acquisitions.id;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.announcements (
    id integer NOT NULL,
    digest character varying(64) NOT NULL,
    audience character varying(24) NOT NULL,
    text text NOT NULL,
    file_name character varying(64),
    file_hash character varying(64),
    made_at timestamp with time zone NOT NULL,
    queued_at timestamp with time zone,
    CONSTRAINT ck_announcements_audience CHECK (((audience)::text = ANY ((ARRAY['all'::character varying, 'gas'::character varying, 'electricity'::character varying, 'codes'::character varying])::text[]))),
    CONSTRAINT ck_announcements_file_is_whole CHECK (((file_name IS NULL) = (file_hash IS NULL)))
);
CREATE SEQUENCE public.announcements_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.announcements_id_seq OWNED BY public.announcements.id;
CREATE TABLE public.chat_links (
    id integer NOT NULL,
    chat_id bigint NOT NULL,
    customer_id integer NOT NULL,
    access character varying(24) NOT NULL,
    proof character varying(24) NOT NULL,
    linked_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT ck_chat_links_access CHECK (((access)::text = ANY ((ARRAY['full'::character varying, 'view'::character varying])::text[]))),
    CONSTRAINT ck_chat_links_proof CHECK (((proof)::text = ANY ((ARRAY['mailed_code'::character varying, 'invitation'::character varying, 'trial'::character varying])::text[])))
);
CREATE SEQUENCE public.chat_links_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.chat_links_id_seq OWNED BY public.chat_links.id;
CREATE TABLE public.chat_preferences (
    chat_id bigint NOT NULL,
    remind_when_open boolean NOT NULL,
    remind_before_close boolean NOT NULL,
    days_before_close integer NOT NULL,
    remind_last_day boolean NOT NULL,
    tell_acquired boolean NOT NULL,
    tell_outcome boolean NOT NULL,
    tell_invoice boolean NOT NULL,
    tell_window boolean NOT NULL,
    tell_of_others boolean NOT NULL,
    quiet_from time without time zone,
    quiet_until time without time zone,
    CONSTRAINT ck_chat_preferences_days_before_close CHECK (((days_before_close >= 1) AND (days_before_close <= 30))),
    CONSTRAINT ck_chat_preferences_quiet_hours CHECK (((quiet_from IS NULL) = (quiet_until IS NULL)))
);
CREATE TABLE public.chats (
    id bigint NOT NULL,
    language character varying(8),
    supply_point_id integer,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    last_session_at timestamp with time zone,
    blocked_at timestamp with time zone
);
CREATE TABLE public.contact_changes (
    id integer NOT NULL,
    customer_id integer NOT NULL,
    chat_id bigint,
    field character varying(24) NOT NULL,
    old text,
    new text,
    changed_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    acquisition_id integer,
    CONSTRAINT ck_contact_changes_contact_field CHECK (((field)::text = ANY ((ARRAY['telefono'::character varying, 'fax'::character varying, 'email'::character varying])::text[])))
);
CREATE SEQUENCE public.contact_changes_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.contact_changes_id_seq OWNED BY public.contact_changes.id;
CREATE TABLE public.conversations (
    chat_id bigint NOT NULL,
    flow character varying(40) NOT NULL,
    state character varying(40) NOT NULL,
    draft text NOT NULL,
    token character varying(8) NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE public.customers (
    id integer NOT NULL,
    code character varying(6) NOT NULL,
    name text NOT NULL,
    tax_code text,
    tax_code_hash character varying(64),
    vat_number text,
    vat_number_hash character varying(64),
    address text NOT NULL,
    email text,
    phone text,
    fax text
);
CREATE SEQUENCE public.customers_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.customers_id_seq OWNED BY public.customers.id;
CREATE TABLE public.documents (
    id integer NOT NULL,
    customer_id integer,
    title character varying(200) NOT NULL,
    day date NOT NULL,
    suffix character varying(12) NOT NULL,
    file_name character varying(64) NOT NULL,
    file_hash character varying(64) NOT NULL,
    file_size bigint NOT NULL
);
CREATE SEQUENCE public.documents_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.documents_id_seq OWNED BY public.documents.id;
CREATE TABLE public.entry_windows (
    id integer NOT NULL,
    supply_point_id integer,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    planned_at timestamp with time zone,
    CONSTRAINT ck_entry_windows_starts_before_it_ends CHECK ((starts_at < ends_at))
);
CREATE SEQUENCE public.entry_windows_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.entry_windows_id_seq OWNED BY public.entry_windows.id;
CREATE TABLE public.import_runs (
    digest character varying(64) NOT NULL,
    file_name character varying(255) NOT NULL,
    rows integer NOT NULL,
    rows_applied integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone
);
CREATE TABLE public.inbox (
    update_id bigint NOT NULL,
    chat_id bigint NOT NULL,
    content text,
    received_at timestamp with time zone NOT NULL,
    handled_at timestamp with time zone,
    answer text,
    answered_at timestamp with time zone
);
CREATE TABLE public.invitations (
    id integer NOT NULL,
    customer_id integer NOT NULL,
    inviter_chat_id bigint,
    access character varying(24) NOT NULL,
    token_hash character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    guest_chat_id bigint,
    guest_name text,
    taken_at timestamp with time zone,
    closed_at timestamp with time zone,
    link_id integer,
    CONSTRAINT ck_invitations_access CHECK (((access)::text = ANY ((ARRAY['full'::character varying, 'view'::character varying])::text[])))
);
CREATE SEQUENCE public.invitations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.invitations_id_seq OWNED BY public.invitations.id;
CREATE TABLE public.invoices (
    id integer NOT NULL,
    customer_id integer NOT NULL,
    number character varying(40) NOT NULL,
    day date NOT NULL,
    due date NOT NULL,
    amount_cents bigint NOT NULL,
    state character varying(24) NOT NULL,
    file_name character varying(64),
    file_hash character varying(64),
    file_size bigint,
    listed_at timestamp with time zone NOT NULL,
    told_at timestamp with time zone,
    CONSTRAINT ck_invoices_file_is_whole CHECK (((file_name IS NULL) = (file_hash IS NULL))),
    CONSTRAINT ck_invoices_invoice_state CHECK (((state)::text = ANY ((ARRAY['pagata'::character varying, 'da pagare'::character varying, 'scaduta'::character varying])::text[])))
);
CREATE SEQUENCE public.invoices_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.invoices_id_seq OWNED BY public.invoices.id;
CREATE TABLE public.link_attempts (
    id integer NOT NULL,
    chat_id bigint NOT NULL,
    code_hash character varying(64) NOT NULL,
    at timestamp with time zone NOT NULL,
    outcome character varying(24) NOT NULL,
    CONSTRAINT ck_link_attempts_attempt_outcome CHECK (((outcome)::text = ANY ((ARRAY['matched'::character varying, 'no_match'::character varying, 'no_email'::character varying, 'refused'::character varying, 'code_sent'::character varying, 'wrong_code'::character varying, 'linked'::character varying])::text[])))
);
CREATE SEQUENCE public.link_attempts_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.link_attempts_id_seq OWNED BY public.link_attempts.id;
CREATE TABLE public.measured_days (
    supply_point_id integer NOT NULL,
    day date NOT NULL,
    quarters_wh text NOT NULL
);
CREATE TABLE public.one_time_codes (
    id integer NOT NULL,
    chat_id bigint NOT NULL,
    customer_id integer NOT NULL,
    code_hash character varying(64) NOT NULL,
    address_hash character varying(64),
    sent_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    tries_left integer NOT NULL,
    used_at timestamp with time zone,
    lost boolean NOT NULL
);
CREATE SEQUENCE public.one_time_codes_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.one_time_codes_id_seq OWNED BY public.one_time_codes.id;
CREATE TABLE public.outbox (
    id integer NOT NULL,
    key character varying(120) NOT NULL,
    kind character varying(40) NOT NULL,
    chat_id bigint NOT NULL,
    reading_id integer,
    about_id integer,
    bulk boolean NOT NULL,
    content text,
    not_before timestamp with time zone NOT NULL,
    not_after timestamp with time zone,
    state character varying(24) NOT NULL,
    attempts integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    carried_by integer,
    CONSTRAINT ck_outbox_outbox_state CHECK (((state)::text = ANY ((ARRAY['queued'::character varying, 'sending'::character varying, 'held'::character varying, 'sent'::character varying, 'failed'::character varying, 'outdated'::character varying])::text[])))
);
CREATE SEQUENCE public.outbox_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.outbox_id_seq OWNED BY public.outbox.id;
CREATE TABLE public.readings (
    id integer NOT NULL,
    supply_point_id integer NOT NULL,
    day date NOT NULL,
    source character varying(24) NOT NULL,
    state character varying(24) NOT NULL,
    meter bigint NOT NULL,
    corrector bigint,
    meter_serial character varying(40),
    corrector_serial character varying(40),
    meter_rolled_over boolean NOT NULL,
    corrector_rolled_over boolean NOT NULL,
    confirmed_unusual boolean NOT NULL,
    differs_from_company boolean NOT NULL,
    customer_id integer,
    chat_id bigint,
    receipt_message_id bigint,
    submitted_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    acquired_at timestamp with time zone,
    acquisition_id integer,
    distributor character varying(11),
    outcome character varying(24) NOT NULL,
    outcome_note text,
    outcome_at timestamp with time zone,
    CONSTRAINT ck_readings_corrector_not_negative CHECK ((corrector >= 0)),
    CONSTRAINT ck_readings_meter_not_negative CHECK ((meter >= 0)),
    CONSTRAINT ck_readings_outcome CHECK (((outcome)::text = ANY ((ARRAY['none'::character varying, 'valid'::character varying, 'refused'::character varying])::text[]))),
    CONSTRAINT ck_readings_reading_source CHECK (((source)::text = ANY ((ARRAY['rilevata'::character varying, 'autolettura'::character varying, 'stimata'::character varying])::text[]))),
    CONSTRAINT ck_readings_reading_state CHECK (((state)::text = ANY ((ARRAY['pending'::character varying, 'claimed'::character varying, 'acquired'::character varying, 'cancelled'::character varying])::text[])))
);
CREATE SEQUENCE public.readings_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.readings_id_seq OWNED BY public.readings.id;
CREATE TABLE public.reminder_rounds (
    id integer NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    own boolean NOT NULL,
    kind character varying(24) NOT NULL,
    days integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    after_point_id integer NOT NULL,
    done_at timestamp with time zone,
    CONSTRAINT ck_reminder_rounds_reminder_kind CHECK (((kind)::text = ANY ((ARRAY['opens'::character varying, 'closing'::character varying, 'last_day'::character varying])::text[]))),
    CONSTRAINT ck_reminder_rounds_starts_before_it_ends CHECK ((starts_at < ends_at))
);
CREATE SEQUENCE public.reminder_rounds_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.reminder_rounds_id_seq OWNED BY public.reminder_rounds.id;
CREATE TABLE public.staff_groups (
    former_id bigint NOT NULL,
    current_id bigint NOT NULL,
    moved_at timestamp with time zone NOT NULL
);
CREATE TABLE public.supply_points (
    id integer NOT NULL,
    code character varying(15) NOT NULL,
    customer_id integer NOT NULL,
    service character varying(24) NOT NULL,
    address text NOT NULL,
    self_reading character varying(24) NOT NULL,
    meter_serial character varying(40),
    meter_digits integer,
    corrector_serial character varying(40),
    corrector_digits integer,
    meter_class character varying(8),
    coefficient_c character varying(32),
    contracted_power_w integer,
    distributor character varying(11),
    contract text,
    offer character varying(120),
    since date NOT NULL,
    visible_from date NOT NULL,
    until date,
    CONSTRAINT ck_supply_points_corrector_digits CHECK (((corrector_digits >= 1) AND (corrector_digits <= 12))),
    CONSTRAINT ck_supply_points_meter_digits CHECK (((meter_digits >= 1) AND (meter_digits <= 12))),
    CONSTRAINT ck_supply_points_self_reading_kind CHECK (((self_reading)::text = ANY ((ARRAY['nessuna'::character varying, 'contatore'::character varying, 'contatore+correttore'::character varying])::text[]))),
    CONSTRAINT ck_supply_points_service CHECK (((service)::text = ANY ((ARRAY['gas'::character varying, 'luce'::character varying])::text[])))
);
CREATE SEQUENCE public.supply_points_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.supply_points_id_seq OWNED BY public.supply_points.id;
CREATE TABLE public.telegram_files (
    content_key character varying(80) NOT NULL,
    file_id character varying(255) NOT NULL,
    seen_at timestamp with time zone NOT NULL
);
CREATE TABLE public.ticket_files (
    id integer NOT NULL,
    message_id integer NOT NULL,
    media character varying(24) NOT NULL,
    file_id text NOT NULL,
    name text NOT NULL,
    size bigint,
    room_name character varying(64),
    lost boolean NOT NULL,
    CONSTRAINT ck_ticket_files_media_kind CHECK (((media)::text = ANY ((ARRAY['photo'::character varying, 'document'::character varying])::text[])))
);
CREATE SEQUENCE public.ticket_files_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.ticket_files_id_seq OWNED BY public.ticket_files.id;
CREATE TABLE public.ticket_messages (
    id integer NOT NULL,
    ticket_id integer NOT NULL,
    author character varying(24) NOT NULL,
    chat_id bigint,
    words text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT ck_ticket_messages_ticket_author CHECK (((author)::text = ANY ((ARRAY['customer'::character varying, 'staff'::character varying])::text[])))
);
CREATE SEQUENCE public.ticket_messages_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.ticket_messages_id_seq OWNED BY public.ticket_messages.id;
CREATE TABLE public.ticket_posts (
    group_id bigint NOT NULL,
    message_id bigint NOT NULL,
    ticket_id integer NOT NULL
);
CREATE TABLE public.tickets (
    id integer NOT NULL,
    customer_id integer NOT NULL,
    chat_id bigint,
    receipt_message_id bigint,
    subject text NOT NULL,
    state character varying(24) NOT NULL,
    last_author character varying(24) NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    thread_chat_id bigint,
    thread_id bigint,
    thread_is_topic boolean NOT NULL,
    CONSTRAINT ck_tickets_closed_at CHECK ((((state)::text = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT ck_tickets_ticket_author CHECK (((last_author)::text = ANY ((ARRAY['customer'::character varying, 'staff'::character varying])::text[]))),
    CONSTRAINT ck_tickets_ticket_state CHECK (((state)::text = ANY ((ARRAY['open'::character varying, 'closed'::character varying])::text[])))
);
CREATE SEQUENCE public.tickets_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.tickets_id_seq OWNED BY public.tickets.id;
CREATE TABLE public.withdrawals (
    supply_point_id integer NOT NULL,
    year integer NOT NULL,
    month integer NOT NULL,
    f1_wh bigint,
    f2_wh bigint,
    f3_wh bigint,
    power_w bigint,
    smc character varying(32),
    CONSTRAINT ck_withdrawals_month CHECK (((month >= 1) AND (month <= 12)))
);
CREATE TABLE public.withdrawn_windows (
    id integer NOT NULL,
    supply_point_id integer,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    after_message_id integer NOT NULL
);
CREATE SEQUENCE public.withdrawn_windows_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.withdrawn_windows_id_seq OWNED BY public.withdrawn_windows.id;
ALTER TABLE ONLY public.acquisitions ALTER COLUMN id SET DEFAULT nextval('public.acquisitions_id_seq'::regclass);
ALTER TABLE ONLY public.announcements ALTER COLUMN id SET DEFAULT nextval('public.announcements_id_seq'::regclass);
ALTER TABLE ONLY public.chat_links ALTER COLUMN id SET DEFAULT nextval('public.chat_links_id_seq'::regclass);
ALTER TABLE ONLY public.contact_changes ALTER COLUMN id SET DEFAULT nextval('public.contact_changes_id_seq'::regclass);
ALTER TABLE ONLY public.customers ALTER COLUMN id SET DEFAULT nextval('public.customers_id_seq'::regclass);
ALTER TABLE ONLY public.documents ALTER COLUMN id SET DEFAULT nextval('public.documents_id_seq'::regclass);
ALTER TABLE ONLY public.entry_windows ALTER COLUMN id SET DEFAULT nextval('public.entry_windows_id_seq'::regclass);
ALTER TABLE ONLY public.invitations ALTER COLUMN id SET DEFAULT nextval('public.invitations_id_seq'::regclass);
ALTER TABLE ONLY public.invoices ALTER COLUMN id SET DEFAULT nextval('public.invoices_id_seq'::regclass);
ALTER TABLE ONLY public.link_attempts ALTER COLUMN id SET DEFAULT nextval('public.link_attempts_id_seq'::regclass);
ALTER TABLE ONLY public.one_time_codes ALTER COLUMN id SET DEFAULT nextval('public.one_time_codes_id_seq'::regclass);
ALTER TABLE ONLY public.outbox ALTER COLUMN id SET DEFAULT nextval('public.outbox_id_seq'::regclass);
ALTER TABLE ONLY public.readings ALTER COLUMN id SET DEFAULT nextval('public.readings_id_seq'::regclass);
ALTER TABLE ONLY public.reminder_rounds ALTER COLUMN id SET DEFAULT nextval('public.reminder_rounds_id_seq'::regclass);
ALTER TABLE ONLY public.supply_points ALTER COLUMN id SET DEFAULT nextval('public.supply_points_id_seq'::regclass);
ALTER TABLE ONLY public.ticket_files ALTER COLUMN id SET DEFAULT nextval('public.ticket_files_id_seq'::regclass);
ALTER TABLE ONLY public.ticket_messages ALTER COLUMN id SET DEFAULT nextval('public.ticket_messages_id_seq'::regclass);
ALTER TABLE ONLY public.tickets ALTER COLUMN id SET DEFAULT nextval('public.tickets_id_seq'::regclass);
ALTER TABLE ONLY public.withdrawn_windows ALTER COLUMN id SET DEFAULT nextval('public.withdrawn_windows_id_seq'::regclass);
INSERT INTO public.acquisitions VALUES (1, '2026-03-29 01:59:59.123456+00', '2026-03-29 02:59:59.123456+00', '0 Nicolò, a');
INSERT INTO public.acquisitions VALUES (2, '2026-03-30 01:59:59.123456+00', '2026-03-30 02:59:59.123456+00', '1 Nicolò, a');
INSERT INTO public.acquisitions VALUES (3, '2026-03-31 01:59:59.123456+00', NULL, NULL);
INSERT INTO public.acquisitions VALUES (4, '2026-04-01 01:59:59.123456+00', '2026-04-01 02:59:59.123456+00', '3 Nicolò, a');
INSERT INTO public.acquisitions VALUES (5, '2026-04-02 01:59:59.123456+00', '2026-04-02 02:59:59.123456+00', '4 Nicolò, a');
INSERT INTO public.acquisitions VALUES (6, '2026-04-03 01:59:59.123456+00', NULL, NULL);
INSERT INTO public.acquisitions VALUES (7, '2026-04-04 01:59:59.123456+00', '2026-04-04 02:59:59.123456+00', '6 Nicolò, a');
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.announcements VALUES (1, '0 Nicolò, announcements.digest «€»', 'all', '0 Nicolò, announcements.text «€»', '0 Nicolò, announcements.file_name «€»', '0 Nicolò, announcements.file_hash «€»', '2026-03-29 06:59:59.123456+00', '2026-03-29 07:59:59.123456+00');
INSERT INTO public.announcements VALUES (2, '1 Nicolò, announcements.digest «€»', 'gas', '1 Nicolò, announcements.text «€»', '1 Nicolò, announcements.file_name «€»', '1 Nicolò, announcements.file_hash «€»', '2026-03-30 06:59:59.123456+00', '2026-03-30 07:59:59.123456+00');
INSERT INTO public.announcements VALUES (3, '2 Nicolò, announcements.digest «€»', 'electricity', '2 Nicolò, announcements.text «€»', NULL, NULL, '2026-03-31 06:59:59.123456+00', NULL);
INSERT INTO public.announcements VALUES (4, '3 Nicolò, announcements.digest «€»', 'codes', '3 Nicolò, announcements.text «€»', '3 Nicolò, announcements.file_name «€»', '3 Nicolò, announcements.file_hash «€»', '2026-04-01 06:59:59.123456+00', '2026-04-01 07:59:59.123456+00');
INSERT INTO public.announcements VALUES (5, '4 Nicolò, announcements.digest «€»', 'all', '4 Nicolò, announcements.text «€»', '4 Nicolò, announcements.file_name «€»', '4 Nicolò, announcements.file_hash «€»', '2026-04-02 06:59:59.123456+00', '2026-04-02 07:59:59.123456+00');
INSERT INTO public.announcements VALUES (6, '5 Nicolò, announcements.digest «€»', 'gas', '5 Nicolò, announcements.text «€»', NULL, NULL, '2026-04-03 06:59:59.123456+00', NULL);
INSERT INTO public.announcements VALUES (7, '6 Nicolò, announcements.digest «€»', 'electricity', '6 Nicolò, announcements.text «€»', '6 Nicolò, announcements.file_name «€»', '6 Nicolò, announcements.file_hash «€»', '2026-04-04 06:59:59.123456+00', '2026-04-04 07:59:59.123456+00');
INSERT INTO public.chat_links VALUES (1, -1000000000000, 1, 'full', 'mailed_code', '2026-03-29 05:59:59.123456+00', '2026-03-29 06:59:59.123456+00');
INSERT INTO public.chat_links VALUES (2, -1000000000001, 2, 'view', 'invitation', '2026-03-30 05:59:59.123456+00', '2026-03-30 06:59:59.123456+00');
INSERT INTO public.chat_links VALUES (3, -1000000000002, 3, 'full', 'trial', '2026-03-31 05:59:59.123456+00', NULL);
INSERT INTO public.chat_links VALUES (4, -1000000000003, 4, 'view', 'mailed_code', '2026-04-01 05:59:59.123456+00', '2026-04-01 06:59:59.123456+00');
INSERT INTO public.chat_links VALUES (5, -1000000000004, 5, 'full', 'invitation', '2026-04-02 05:59:59.123456+00', '2026-04-02 06:59:59.123456+00');
INSERT INTO public.chat_links VALUES (6, -1000000000005, 6, 'view', 'trial', '2026-04-03 05:59:59.123456+00', NULL);
INSERT INTO public.chat_links VALUES (7, -1000000000006, 7, 'full', 'mailed_code', '2026-04-04 05:59:59.123456+00', '2026-04-04 06:59:59.123456+00');
INSERT INTO public.chat_preferences VALUES (-1000000000000, true, true, 1, true, true, true, true, true, true, '21:00:00', '21:00:00');
INSERT INTO public.chat_preferences VALUES (-1000000000001, false, false, 2, false, false, false, false, false, false, '21:01:00', '21:01:00');
INSERT INTO public.chat_preferences VALUES (-1000000000002, true, true, 3, true, true, true, true, true, true, NULL, NULL);
INSERT INTO public.chat_preferences VALUES (-1000000000003, false, false, 4, false, false, false, false, false, false, '21:03:00', '21:03:00');
INSERT INTO public.chat_preferences VALUES (-1000000000004, true, true, 5, true, true, true, true, true, true, '21:04:00', '21:04:00');
INSERT INTO public.chat_preferences VALUES (-1000000000005, false, false, 6, false, false, false, false, false, false, NULL, NULL);
INSERT INTO public.chat_preferences VALUES (-1000000000006, true, true, 7, true, true, true, true, true, true, '21:06:00', '21:06:00');
INSERT INTO public.chats VALUES (-1000000000000, '0 Nicolò', 1, '2026-03-29 03:59:59.123456+00', '2026-03-29 04:59:59.123456+00', '2026-03-29 05:59:59.123456+00', '2026-03-29 06:59:59.123456+00');
INSERT INTO public.chats VALUES (-1000000000001, '1 Nicolò', 2, '2026-03-30 03:59:59.123456+00', '2026-03-30 04:59:59.123456+00', '2026-03-30 05:59:59.123456+00', '2026-03-30 06:59:59.123456+00');
INSERT INTO public.chats VALUES (-1000000000002, NULL, NULL, '2026-03-31 03:59:59.123456+00', '2026-03-31 04:59:59.123456+00', NULL, NULL);
INSERT INTO public.chats VALUES (-1000000000003, '3 Nicolò', 4, '2026-04-01 03:59:59.123456+00', '2026-04-01 04:59:59.123456+00', '2026-04-01 05:59:59.123456+00', '2026-04-01 06:59:59.123456+00');
INSERT INTO public.chats VALUES (-1000000000004, '4 Nicolò', 5, '2026-04-02 03:59:59.123456+00', '2026-04-02 04:59:59.123456+00', '2026-04-02 05:59:59.123456+00', '2026-04-02 06:59:59.123456+00');
INSERT INTO public.chats VALUES (-1000000000005, NULL, NULL, '2026-04-03 03:59:59.123456+00', '2026-04-03 04:59:59.123456+00', NULL, NULL);
INSERT INTO public.chats VALUES (-1000000000006, '6 Nicolò', 7, '2026-04-04 03:59:59.123456+00', '2026-04-04 04:59:59.123456+00', '2026-04-04 05:59:59.123456+00', '2026-04-04 06:59:59.123456+00');
INSERT INTO public.contact_changes VALUES (1, 1, -1000000000000, 'telefono', 'gAAAAABrCn7V22v56fthno20CfOkI9IKMqGaXrUjEMjKhwb_X9eCquGdWLbVphDMArWCWiR2O8oBrQ7RI8gC_T4TysXVbfxf9gKE_LUsDtjkn9fRFd3dwTrZ0YcfNDFLhuzmg39jWwDh', 'gAAAAABrCn7VQ8BSViFUR3cJwQdHVOoy3pwQwLN-VgyCEllkX9SjUazFnUYVQ_2o4D8SJ112TRxHCwJFPuJoFg0GJ5xbr9nkWjxSLNTvB63Rc5j93pZ8H-7lYzlhp4qgeqe9ecCHUTe5', '2026-03-29 06:59:59.123456+00', '2026-03-29 07:59:59.123456+00', 1);
INSERT INTO public.contact_changes VALUES (2, 2, -1000000000001, 'fax', 'gAAAAABrCn7VKy9Ds7Jj1QDtHqrJLzFqluWXOQtxLhSJZ3Oxun6gAhMMbf-JPXQ_BmOu-a99N_mlkeYdeKmkRX5QQ-ZlCVzNjt6hXD7K-R6FIl_2IHZmgxiQTJmuP9SqwVPBbkAT2Ury', 'gAAAAABrCn7V1JddYxZlWl_2FXxjO_hof7iF373HTDmG5GcVKZ0RwJxjgsRXTchG2G9PnZxbPY-EnWMXqBmDfnf5aRKuscv2EtLtMBGkY6MFASAupBPuNTKf7ef4zL4bCLQYdSQ92qPe', '2026-03-30 06:59:59.123456+00', '2026-03-30 07:59:59.123456+00', 2);
INSERT INTO public.contact_changes VALUES (3, 3, NULL, 'email', NULL, NULL, '2026-03-31 06:59:59.123456+00', NULL, NULL);
INSERT INTO public.contact_changes VALUES (4, 4, -1000000000003, 'telefono', 'gAAAAABrCn7VamA71FhW-kFes7Luv9nG_hs_dzV_qX92BCUktqWHEpxJH5hsbaY85Cw00ofqL4gA2klCQZItsDGtEI8yAWK7DEZYfg_9im3U5qVcm09hlcu87NoLoe88oHcgY-rW_Klc', 'gAAAAABrCn7VDyQe6otI_8EH7LCzO6NMqlS3OBEL1tDcNF-pCg3KlSUqIFqFpjZ6IcMi8cpoXLopTb6hiRpU0lvNEzF8CXPmse-xZUijQwt-T7TyMfv8BrDpMt6q8ABSeLsCyQu1I6PH', '2026-04-01 06:59:59.123456+00', '2026-04-01 07:59:59.123456+00', 4);
INSERT INTO public.contact_changes VALUES (5, 5, -1000000000004, 'fax', 'gAAAAABrCn7VNzURGilAfel2cHBfTbBXm2iaQJwI-wx0JfTNngSYRkxAiS41A1RjBfSW0iNefARRaDGpKW_8XRh1Q1GzQIH5SOPoyYbIXlDvl_8x_ZuDNGvKen_LexJtxcn9D07m6ZE-', 'gAAAAABrCn7V2ptHKfYDMpTSMmsc4ahj5a3HmxUYqq3hmG2_o-r_EITLl02YNgeoTbXj8uaUt5IcSG2Y3ghOE4hKdtU3FZpm_vCZmg4w5K4a9Lmo89fnMIKCkN0CGeGQUvKhPBnOVpR0', '2026-04-02 06:59:59.123456+00', '2026-04-02 07:59:59.123456+00', 5);
INSERT INTO public.contact_changes VALUES (6, 6, NULL, 'email', NULL, NULL, '2026-04-03 06:59:59.123456+00', NULL, NULL);
INSERT INTO public.contact_changes VALUES (7, 7, -1000000000006, 'telefono', 'gAAAAABrCn7V6sNeIeM5TkbJDoM8a4fjTFPv-lENVtRS_hfRuI5CAEq2mde_AT3Qb_ojSDykNZSpnY8WmvVUuVC7VIr8ex8p7-1QIe9UtJRhGUnDEAXglyvyv1_OLvxHvr_ZTkOJ78Nh', 'gAAAAABrCn7VLCCLdK1fgfwUbTy_s1aV3XJ4FbfjQxZFstIh16qFns_iOXxdx251Is1NN_N7NJjukS4-I0ILOY8KHYRlZDxD65CdXOO8UtW5JkjjLi1MUAeMRILTFF--AuoIDX-2po6_', '2026-04-04 06:59:59.123456+00', '2026-04-04 07:59:59.123456+00', 7);
INSERT INTO public.conversations VALUES (-1000000000000, '0 Nicolò, conversations.flow «€»', '0 Nicolò, conversations.state «€»', 'gAAAAABrCn7VLLq219QvyBoTXKBXOnbPcv5vGyTOyRxXuTsTdpepcBviRwelLQDHuP8CzaktW-fME3MPYv1obKLNhP-ZMRSka-mYLzmygm5oG7nsSL8T7A9t_ByDrMcqEoJhw32px-AF', '0 Nicolò', '2026-03-29 05:59:59.123456+00');
INSERT INTO public.conversations VALUES (-1000000000001, '1 Nicolò, conversations.flow «€»', '1 Nicolò, conversations.state «€»', 'gAAAAABrCn7VP20MxJP7eWO-S5DWRKXvzRzfQZXR8dhxDEuhYMdwFYc1UEHJ9JO5ECcn__MGTsr3TBplNMx7r0umWaYCdg1lN67kJ-uKECLZS7JVKudmcJAyfaKppZdWM31xZHyOBEWw', '1 Nicolò', '2026-03-30 05:59:59.123456+00');
INSERT INTO public.conversations VALUES (-1000000000002, '2 Nicolò, conversations.flow «€»', '2 Nicolò, conversations.state «€»', 'gAAAAABrCn7VFnWbTi-9mSxP6vPolL5dM5HxVF_Rxtc0mgiZbvrSYFvSk1NlVfks2NEG2CwCLR1-NSxhSTpjpQiAKMxdmpm6UEJ8HKm9OoYY9QZVFkBXfuSDa4LojBuCaalU9kSuIeeL', '2 Nicolò', '2026-03-31 05:59:59.123456+00');
INSERT INTO public.conversations VALUES (-1000000000003, '3 Nicolò, conversations.flow «€»', '3 Nicolò, conversations.state «€»', 'gAAAAABrCn7VhbdbM2b-CaNoPOmk2gLTVopQ7zHv7YZpmfKnR97RPKBDY4EWFRcWBPFJgHTECqCQCtAY42-oroZBeGH1t3Q46Nu4ZdCjqCHl_nZuMR_47HEdiegdgdH29wEQljJ6XnnW', '3 Nicolò', '2026-04-01 05:59:59.123456+00');
INSERT INTO public.conversations VALUES (-1000000000004, '4 Nicolò, conversations.flow «€»', '4 Nicolò, conversations.state «€»', 'gAAAAABrCn7VunJQ8DIX2BOBl3KWQSxWO0d9OaSArwou8Z1OV6I-dVhDkgZbODBpJXhqq4W47r5nccDmGAXE_y-n6i6p_yf3UkCS2e0IW8XAp6SoSKJRCrISalatVGoZA1JpbN4Qhg2c', '4 Nicolò', '2026-04-02 05:59:59.123456+00');
INSERT INTO public.conversations VALUES (-1000000000005, '5 Nicolò, conversations.flow «€»', '5 Nicolò, conversations.state «€»', 'gAAAAABrCn7VWm5DD2eQCeQLu6KJH930hjaRyUHgshpV6mSTDcAJxFthmrp91VAbMA8wf3MUxNSNdnZWS-u8UYO1zvqfFDxGgn0b6t7JyZ7ZpWXtJGY1tlXJM7XI46LOteoHDX4Lov3F', '5 Nicolò', '2026-04-03 05:59:59.123456+00');
INSERT INTO public.conversations VALUES (-1000000000006, '6 Nicolò, conversations.flow «€»', '6 Nicolò, conversations.state «€»', 'gAAAAABrCn7VcsRyQ4TEYUK_rfODEsLJCMZ-oFqFxksLphYjdA1tBY77DxwRRjmmItp4UnQhsY2xPfLVmIJvVNpVujigoRYneJzczM_3K2GtUtHfR0QL5JDeP9V2Ez3_RnFqnlUbMAW3', '6 Nicolò', '2026-04-04 05:59:59.123456+00');
INSERT INTO public.customers VALUES (1, '0 Nico', 'gAAAAABrCn7VdGNL-PpiLNTyc66YQil0fc927_98W9YHSHku2NIN2oDpKWxUmmQWOfEuZApDZBaNDEs9Fn_tjwO3bIcDdi9u1Qnf0f0MUDLC6jiU4wrtx-sTPivPoUhS64F911yv_nAw', 'gAAAAABrCn7Vd03yS5EKVJaVfdqcB0ofMsgyMkRicl1U8IwHS1XAiDnEZhGV1KU5w8WwxaIEuCKb6KoJI65cjpicLivti7ZAWs3MomCyjB6M0ljQPgvhDBPR208d2BAyvDkF30GJ8prZ', 'e6fecb68e761ce25f0ad517ac72a1347b8c72d51c05daad4c2b04fafe5b10d62', 'gAAAAABrCn7V6TzOeV-MBRfTP7sibJpn5R6sL9GrDj6B8GO-3fY0igp-0WhIUKP1-jbVWAPpmtn91SuEPfnCuWX2TGJCSZlY-BqKecU71of_5qgvPoWbby8VGEX2xk7nSW3BAWUFndNr', '341898f92d7d96e95e56054d0b779759c10be2706c5a8ec58151adde0a8696a4', 'gAAAAABrCn7Vvd1GOrZwD-l-tgx-DkFcvBYoaZWZXMxYF80-G3q5WDYkGOWo2mhhnmmwXMtTsWGM3nqB-qaj0WxcxFTEEEFFhcYYqmdMSyVDFUpZvcYY0sXwXW7I30znwuSh0ONl79QN', 'gAAAAABrCn7VlmKu2rUMUS5zgy1urAiCyCznXTAb1W1OJeGGeR9W-HEYEa3-HtTASYEtjv1SY_Rus1mf6h2ZskdDjPiymD7E7s0zP4EINCodIsfv5eyMGtZWDgR4Sh4bJtqC8ofROdHD', 'gAAAAABrCn7V8CMnY06PpLNz-WvPxePfrbI48QW3pJ2RDg2GqSsdp2QXWBNfQsnELJkOaWbaSGjOTTnrfYuVVZ-mQafeRYu7ge9NJ8jQy3wyVYACi-W5fwwiijWmdG5XPoF14xXuG784', 'gAAAAABrCn7VHDsol3pHabIpcu7yNATjmdOHkhhZALp4X13kICP6GFSCzWY_5lRqnc3kVsxyUxraQ8fZ8OJshPkHxLF0p36hRrR_ULc7hpuFWNQcMuImMNUWi2lUAsqe0zClojuGekvG');
INSERT INTO public.customers VALUES (2, '1 Nico', 'gAAAAABrCn7Vqvn4pOOUh323HcSOkL8j1xqQ3yuTTaI6grFedEn2DStIxUghCnu_soGvATcSWV8ZwSHYsMtp0WUXdsqcxANAM3Gf5pOv5QfIPU3COYRL8aTgZpdi9fKmhRYv5bJ6oz58', 'gAAAAABrCn7VCaKxYxhaeBzXN6kGdwdzG6j2zve8yInIGjIcqX2lr2wKgwjudrgRoLWZmOzqynzcB3FrwLjlgS8MDSPKFKIRechs0AJrP1nlEKudVDeIBnvoZfVWKRXybi8LBHW0amn8', '9f370398568da4290246972a4177dc4eb7f814cec09854926451b1c761be859c', 'gAAAAABrCn7VZT3x4ZJDF5BCdnLV3HD9QZdDlJZ_QPt7ARCjQUZOMbFBHRQBVvlsdysTa_6JztQKfOSrVGf4X92IDcZts1AClTm3Uuj1Nk5wwBA1JWwHnPQTKeHCD07bhg3qYmky91Gu', 'd19767a61eb22cb6e8aeb95f503fb9b600e7200d770f7e22f26789cfdacb6757', 'gAAAAABrCn7VWvbOwSOBL4q2SqtkfeHjD_qLbsXpOajslL2i_JY-qlkR2VnqJ1RVcq5ZN45Za6fdRyxZ8BI18Oaaz5jTOzAMLGkrNNzNYWzSANx7893SmVenEbjh2STmhFan3wK-U_LZ', 'gAAAAABrCn7VyirwrVGUZjdKBrc6JGssnzJMtOA5iUp1ihyUVWWCNjMuUJ77zxJhqVN2lBWSKU_nP98uN9V5McFlB65CqGC3Cg_dz4C8wSgnanMqX_9AL4TnM08u5A897aKgEF0hR7Aq', 'gAAAAABrCn7V_TEIkK0FdzH3MtRbfWeZozqd5usCRAlvm1CTm8WO3BRwcrdr5NCvUdVGhMAiCD4pHTP05Cfc6W4dPu4AU53Dr9RLR9y3Zm-4_fdie4XUVs9IS9T_RSdE2seowSLbdK-I', 'gAAAAABrCn7VVdTZ6RvHP46m1AUKytJtGA8SY3x5bQtZC7hIXfXlmMxU-7CU9Nb2meQnMPla9cOGvKSJl8qFrRqYDlnYYpYS7uNKmo1aY9eaRMGnqQJ7xd281gCQUej133K0pSM4ToU4');
INSERT INTO public.customers VALUES (3, '2 Nico', 'gAAAAABrCn7VT85qX2YYmAtJU9yC1wrfD5p6V4w3RFNrYh_Gcz4_ddKBuz3AcmhGUq6Y6NY_DIP4JDXRze-Mz8MsLGQfwcIJlybw1qyjpeGgCpvq_GGAz-4LSxaHXJZwRwylEFfkubGt', NULL, NULL, NULL, NULL, 'gAAAAABrCn7VIzV2RFqP5UasL9GWEFOnHeEe3F_amhA_Wb78zMBjGOANahjR2SfNzlRc2JSmxw5n1rFx_5SInzsUrYI3YML-m4Nr9a5pnaNm2QDy0wpMHlaLSRa1P72TEdV3B89wTXqD', NULL, NULL, NULL);
INSERT INTO public.customers VALUES (4, '3 Nico', 'gAAAAABrCn7Vc2AYsBbOgGI0JX09ZZPtQ0eJa9__-xZxJQOJBjhN8WnJ31GamjMz-zXj75liRCgJtL4Edbt8rO-pf5AeQjiBbHQZprjoEkUzth0-G1Qt18Ji0dmR60nMVbS14hPpjQwJ', 'gAAAAABrCn7VwauNi3CmsC_1QImOeIvdsVQKIdKcIXdtZX5_qDS6DnaeUn5nCY16vs5lyKe8bWI6nKhS6LyklFfsL7Cbt_7k3A5cEilin4k0vWXvVgQ2Kc7MCB-zeal6RVmjPUW0oAOL', '689ae6525cd0a5008844737d65039af7232514f44b36d2610a2581a022ef488e', 'gAAAAABrCn7VAXklVk87lyfSjmye6OU0gGtwoXQeDlMfYajWYpl8ihgfx-9zkHgyfLmwui4kIUfBvjt131jm9rmvUayOYkt_UOv9kjcOP00B95HqS2A-UyZs7jubDu_kII4MDadLodNS', '0a19f2be72b43051f8e0ee39ac957dff86beb507201096dbb5648b821af12608', 'gAAAAABrCn7VXvL53QO5NS1-zLWbS2ryalgQ5U0BPddYrZ0AJmMSlbSIXJzndDIPX_a31GSWFKycF8ojiqHCYGCW76x9oa9bK1VZDSnZJS7vFYou6oI3q8GIy4xygaKP23BWLbqq8VfJ', 'gAAAAABrCn7VwGIndKKntDYIVSZbyfaAvWUD6-PGP3kHkxE08eYpcNMIZcP6pA9RaWfEjsi8IABs5mPHgbBEwNAVg9hnDqZyemiSqHwAafiokiUq6jDXkytx8-kM2RygncUYtHXzQyeQ', 'gAAAAABrCn7V18IxVpSwYW2gNHuARqg8qm9fitXrBiaAWI49dPYYgbeVQ0-Wu4A4QW4puVPycuz5w6LXvoJ-eNSrCCM1azRKyY9l6Y82dw0LSmOKsvajiyctiBMCZb_v7pMg0S0Ml-T4', 'gAAAAABrCn7VQER7HLO18xwQm2ANp94UbdfIa9lcidibAlQlzwfQc472qn47ESmJk5TvrPPnN5iQOf3aRID9QQ1zYycQYAXiygK58QFze7Krvm5hNhGPPlXWHa8rCdRlUOx7SnuPCXvO');
INSERT INTO public.customers VALUES (5, '4 Nico', 'gAAAAABrCn7VXkIfbfYeFM8WrfPRsPkPlsjz3c9D_RaWrijUwx-eiAs2D7nN4o7mARz2fkI31AS5bSKFyHLXfTkfuvo6NxkpJWyns6WZ4o2y32k34dkE6aOLSry8wdk2cxryPgpWG1y2', 'gAAAAABrCn7VLRvRWZ-1Hv-kYtKiEbfq6jADyFaFzhR6rDpexou2wad-FkNJz3TbCIuF2JlXsEjaVmqh3zGCTbluslhC1jD3IYVFfo0BsaZmrRVRUzuBcrDDgJ9o0NYJ5m05m7kodo6o', '6009ad78697613e4459375711636f9f0c636ef37c34e1e49855de9a4b883d7ee', 'gAAAAABrCn7VcncBxiZBeD_LefO2omRqqcr9Qsx2Cf5j7lkmbaH3DoyIlzHceH0gx8u7xnatJV-c1zQImk3fP4ZenOPPHWwBDsvL9t8I05MSchipkDZDUBMxQhlV4r10XuJFq4QzO2w3', 'cae70d0c680ec0ade35870d9fa5e173b8e41474c94a152ffcb2a4527b0ef8477', 'gAAAAABrCn7VZbtkYPyt_ROIit2kqaPRJS936AOsomlvgEAU4qtERp7jK5nHXHWRJEuTGVhHADhnOXoPuFJgIF9Edu-TmzXITXB02EDb0QYG6ptQy-ezIsZJ5gjSd7o3OrjsuWklT1Kt', 'gAAAAABrCn7V5RiWVomd02mLKaZs8G2Ng9H5LZtPn7MBgv9sOesd0hGW4tL_jIOqZ2mw4IEnwmHVEBbOhf_J2D2vhGPW-ZXHHMSBETk9rbL-X3Y2PjttQxbPZwwNp7ZtRb_W85m-Yr27', 'gAAAAABrCn7V1O-2BshtMXtJv9Z-52QiDzZuiL75N3X8bfjjv_bIQl2FInTCmoWD_2ipITYg9aCRs1jIVceKO9cwTwEnrcSvJHRZ1aCVESDfiA3SSeO7xpIb_GoJXmJO60qHX_X_05nW', 'gAAAAABrCn7VL5E281hUax2UGUzs8qY5g9V4F80O6hD4esSlogQ_rhNPJlX3lCcFweZK0AhEGOqz80vb-63xLAHIxgqZMb_l2vjRUh_tNsvWfatjDAA7ZG-CUEhS5-p1U14wpFuCO7vt');
INSERT INTO public.customers VALUES (6, '5 Nico', 'gAAAAABrCn7VcvQiIp6Y64GJgeMeE84tliqNWvLfGTjflAkOhbm9P6DCTnA1sw_3iIIrci-owHrZHec5Lf_3zqpdqe8jFfmBXzO5GYKpc1ZARMNECKmIBfUq5bdjsu2Ht_MI08NIVQp8', NULL, NULL, NULL, NULL, 'gAAAAABrCn7VzB3m0mal4LoV9R1zP9YFVVrLDbEbNKVaqpmE_vtkpr0rpg_OgX__AAAO_zrT2w0Xb24zj7Ci7tBpcPY8HZUoDY-ZScVWOvMfcbh55Q4pGEfux1tja0TilcjKeokHneZd', NULL, NULL, NULL);
INSERT INTO public.customers VALUES (7, '6 Nico', 'gAAAAABrCn7VMZXgcJ5tMuUJK5m1FeeYvEXVTLbi2f-_EufsTbs1HZFFpEoT0nFJvOspafmQES6s8KF27A-kwGMD5BOsUA0OFaaNCW2bJ8rGgpHC-NaKAcUsHji4-Ii9dAieCL_FeEOC', 'gAAAAABrCn7VoQufosj5rahI7KOLGcH1FQWHTIhkM5DhyDOlo5SX8vifG3H9WX6aAmgukQemw-Sf_fTqOZo8NtWw9JJDJllLbUzNCDiuYq_t9KP4DB6cEOIbhhrJjygEYjC3IWPLX_9Z', '144caa884ac941245bdf7cbde57f5b54c3405fc05a3a462a0190e123914244e2', 'gAAAAABrCn7VRfoN6EOt21aGjwNnJFe1LOtCT270DMgDdJyoSkxLvQ4pJIG7YappjzLMFipSWAjIOCARVAxXCHafXjpq6qI0XUOY8CNxdjz-uL6X66OskkAiOn-cogVPF--EFv5JQB8m', 'c4000e413a5971755e63da0ae9cff95308473113e7c71fe195930f595a7407d9', 'gAAAAABrCn7VzZ_2vWnsloHmi1JaHuR7A6zdGbXt5wgcu6NEuIJngEeXrC1-gImlmzi6yy-wrLP4Xns0GAr-3q_14N4rXSBHCvf34rmURGou6Ut371r2SjqDbey6FtfYr-R2s4lzY4fF', 'gAAAAABrCn7VkA_Bvi304inn4yULim1FG7T3Vt4Boy9zlb_8Nu6yd-3_5JNIKtL3vmFzHfcI9x1z9-FF0iF2sDMh0vPdWElyBtCeFFIjj6PdCHpD39gnTe6g7yBAqDA1hTf3IqUEvQPk', 'gAAAAABrCn7VKr1hAWqBhSpKwB38kXgqqn0_bjQQMU7pnfiqybZOHXq9R0SUz-MeMq9AyujT7A0L19iNnuvuCUdKTEn6K2P3EtPpKQ007gscC5xNiwUZeGpMjFNcGnnlyU5bgP42vtrp', 'gAAAAABrCn7VdT1c8O0Jdp0yxE-3XsGdEqEHwXMIZCgxZhwd4UHUeQSZLV8zCaUfZhuTSQjxXNiD8blArwm_dk3veepY47fvLgqSaLgAmNIPtFu9h7HXxzmhq3xNAmIObYsYGaw-5K1O');
INSERT INTO public.documents VALUES (1, 1, '0 Nicolò, documents.title «€»', '2024-02-29', '0 Nicolò, do', '0 Nicolò, documents.file_name «€»', '0 Nicolò, documents.file_hash «€»', 1000000000000);
INSERT INTO public.documents VALUES (2, 2, '1 Nicolò, documents.title «€»', '2024-03-01', '1 Nicolò, do', '1 Nicolò, documents.file_name «€»', '1 Nicolò, documents.file_hash «€»', 1000000000001);
INSERT INTO public.documents VALUES (3, NULL, '2 Nicolò, documents.title «€»', '2024-03-02', '2 Nicolò, do', '2 Nicolò, documents.file_name «€»', '2 Nicolò, documents.file_hash «€»', 1000000000002);
INSERT INTO public.documents VALUES (4, 4, '3 Nicolò, documents.title «€»', '2024-03-03', '3 Nicolò, do', '3 Nicolò, documents.file_name «€»', '3 Nicolò, documents.file_hash «€»', 1000000000003);
INSERT INTO public.documents VALUES (5, 5, '4 Nicolò, documents.title «€»', '2024-03-04', '4 Nicolò, do', '4 Nicolò, documents.file_name «€»', '4 Nicolò, documents.file_hash «€»', 1000000000004);
INSERT INTO public.documents VALUES (6, NULL, '5 Nicolò, documents.title «€»', '2024-03-05', '5 Nicolò, do', '5 Nicolò, documents.file_name «€»', '5 Nicolò, documents.file_hash «€»', 1000000000005);
INSERT INTO public.documents VALUES (7, 7, '6 Nicolò, documents.title «€»', '2024-03-06', '6 Nicolò, do', '6 Nicolò, documents.file_name «€»', '6 Nicolò, documents.file_hash «€»', 1000000000006);
INSERT INTO public.entry_windows VALUES (1, 1, '2026-03-29 02:59:59.123456+00', '2026-03-29 03:59:59.123456+00', '2026-03-29 04:59:59.123456+00');
INSERT INTO public.entry_windows VALUES (2, 2, '2026-03-30 02:59:59.123456+00', '2026-03-30 03:59:59.123456+00', '2026-03-30 04:59:59.123456+00');
INSERT INTO public.entry_windows VALUES (3, NULL, '2026-03-31 02:59:59.123456+00', '2026-03-31 03:59:59.123456+00', NULL);
INSERT INTO public.entry_windows VALUES (4, 4, '2026-04-01 02:59:59.123456+00', '2026-04-01 03:59:59.123456+00', '2026-04-01 04:59:59.123456+00');
INSERT INTO public.entry_windows VALUES (5, 5, '2026-04-02 02:59:59.123456+00', '2026-04-02 03:59:59.123456+00', '2026-04-02 04:59:59.123456+00');
INSERT INTO public.entry_windows VALUES (6, NULL, '2026-04-03 02:59:59.123456+00', '2026-04-03 03:59:59.123456+00', NULL);
INSERT INTO public.entry_windows VALUES (7, 7, '2026-04-04 02:59:59.123456+00', '2026-04-04 03:59:59.123456+00', '2026-04-04 04:59:59.123456+00');
INSERT INTO public.import_runs VALUES ('0 Nicolò, import_runs.digest «€»', '0 Nicolò, import_runs.file_name «€»', 1, 1, '2026-03-29 04:59:59.123456+00', '2026-03-29 05:59:59.123456+00');
INSERT INTO public.import_runs VALUES ('1 Nicolò, import_runs.digest «€»', '1 Nicolò, import_runs.file_name «€»', 2, 2, '2026-03-30 04:59:59.123456+00', '2026-03-30 05:59:59.123456+00');
INSERT INTO public.import_runs VALUES ('2 Nicolò, import_runs.digest «€»', '2 Nicolò, import_runs.file_name «€»', 3, 3, '2026-03-31 04:59:59.123456+00', NULL);
INSERT INTO public.import_runs VALUES ('3 Nicolò, import_runs.digest «€»', '3 Nicolò, import_runs.file_name «€»', 4, 4, '2026-04-01 04:59:59.123456+00', '2026-04-01 05:59:59.123456+00');
INSERT INTO public.import_runs VALUES ('4 Nicolò, import_runs.digest «€»', '4 Nicolò, import_runs.file_name «€»', 5, 5, '2026-04-02 04:59:59.123456+00', '2026-04-02 05:59:59.123456+00');
INSERT INTO public.import_runs VALUES ('5 Nicolò, import_runs.digest «€»', '5 Nicolò, import_runs.file_name «€»', 6, 6, '2026-04-03 04:59:59.123456+00', NULL);
INSERT INTO public.import_runs VALUES ('6 Nicolò, import_runs.digest «€»', '6 Nicolò, import_runs.file_name «€»', 7, 7, '2026-04-04 04:59:59.123456+00', '2026-04-04 05:59:59.123456+00');
INSERT INTO public.inbox VALUES (-1000000000000, -1000000000000, 'gAAAAABrCn7VM0qzfUrtHVJ3BY3xiUr4PuCktRea6LvGsKT5f9YNkj-BexRb3FDtwKlT5UbJzxL6NkT4xi7j4-SAMNeQEZF29Hwq5rRlP6y2HubL-wlIvRTx9hFApd169R12T-yk6726', '2026-03-29 03:59:59.123456+00', '2026-03-29 04:59:59.123456+00', 'gAAAAABrCn7VMHrbtb61e5xTSkgpHMmEeRYdTCN22rEyKQGo15G7yMG8ITn4ZlzsPJn41Z0EQMyDw0eQEp7pFR3cfdijDOysoUNLD1vuhLavjwRWcLnHotAEz1plBN0KBjabOIcoMc_k', '2026-03-29 06:59:59.123456+00');
INSERT INTO public.inbox VALUES (-1000000000001, -1000000000001, 'gAAAAABrCn7VanYLnVqdgBVD3gR9hryAabgsECrSRvULbE0ZYNCh7YaucrY8j80TITTW2au50LJUKraOtdHPewTIPDSwFAIBGlsPfrfLBYyfz3wd1pIH0v11IdvUL7Ri-OnMLHwuWNNm', '2026-03-30 03:59:59.123456+00', '2026-03-30 04:59:59.123456+00', 'gAAAAABrCn7VRP-dlDEZ1y6k6f8oGWtDMGGcTV5G9np54WQL7-R7UE8L8kEoBpHK3SJMvUXgQzvsKpSLdI3z_9MjgxtHbScOuwPDMlnA2ErBl-fDlWnZ7tJNATZz8Pbf2ckwZPknpvEN', '2026-03-30 06:59:59.123456+00');
INSERT INTO public.inbox VALUES (-1000000000002, -1000000000002, NULL, '2026-03-31 03:59:59.123456+00', NULL, NULL, NULL);
INSERT INTO public.inbox VALUES (-1000000000003, -1000000000003, 'gAAAAABrCn7VAiOElgARH8VkNFUvuzBG9EgvIpssvxwMTi7uCqkdTcmMyBurssOoDxk_EBRYXq6GK1-pY_Tztq-AWnghwX6VjedZLwye2sdCAJagxjalnmPLZyYdtOGeMkLP2Zt3H8_I', '2026-04-01 03:59:59.123456+00', '2026-04-01 04:59:59.123456+00', 'gAAAAABrCn7VCmcu6ESV4Pd966stw0mq4rlulG7mKX-b_C_V9YUv51QbRxJS8YHEPMW3blnk7xdeNNAHLxgIoj-J0NYp1W_ewnm3HzMOdi9whWJL0aCwgPuzAK6_GZLEmBZ9bKJDvlAM', '2026-04-01 06:59:59.123456+00');
INSERT INTO public.inbox VALUES (-1000000000004, -1000000000004, 'gAAAAABrCn7V_TLggGZAXHkqi2y8pl8yYt9LuVNRZUQ-tZxCDxkf5iW6Hx-kyrQM5zI9-ZQOllZ1mYGq44hx1lnQb4JpaRjCAJHLRvm0KHvyg5ZqgngXCdwjxqiHQkvVdGxINOgPimI5', '2026-04-02 03:59:59.123456+00', '2026-04-02 04:59:59.123456+00', 'gAAAAABrCn7VYVKjpbq2g0xVvWhpQJWjMInAXjKyoT4zcZ0ExzEi8tA-C266U6enKYgwf1BnUnBD11gizwWlakOjFhJO5BfxgI6KzKIjgmaRE0a8vYQ0Ry3TwRajCAEhsuK_Rjx-2Gcx', '2026-04-02 06:59:59.123456+00');
INSERT INTO public.inbox VALUES (-1000000000005, -1000000000005, NULL, '2026-04-03 03:59:59.123456+00', NULL, NULL, NULL);
INSERT INTO public.inbox VALUES (-1000000000006, -1000000000006, 'gAAAAABrCn7VC9UltlUUeBTgoMCB5GIOsxfodLZWpcqTDe1TFkRBwZQT3pxJ-crLNQ2iHbqzeqiO1_iKurDwhrFreJL8Z6Q8uVhlwby4M72wr1tpDWwXClqiO2wRA5WDzmwVJPS7598D', '2026-04-04 03:59:59.123456+00', '2026-04-04 04:59:59.123456+00', 'gAAAAABrCn7VlkJNuKbAUb9qmN_Imn3zEN65abss6NmnAZzzLuyzCaC_izFCKDbODJwKYJxYbheimQx5lTB_YMWWYFBlNJdFFFkCzRfDIrerL4WGfYgJJeoCn8jsA3p9JN6FWdUqRgi5', '2026-04-04 06:59:59.123456+00');
INSERT INTO public.invitations VALUES (1, 1, -1000000000000, 'full', '17d68c158d40ca1dcb8ccb0aeb0917c4e6546509355fc51d152d0ed1cd4d616c', '2026-03-29 05:59:59.123456+00', '2026-03-29 06:59:59.123456+00', -1000000000000, 'gAAAAABrCn7WU-sR9Mfg7ju4-0vxjNUnorN6WE9fexgj2iJL3CeKB3PVklhpwyTFqS-WUctiuqRmAx9QhKswmcEoDrngCGefGIF2HhvOJzAlUpWI5Ya1pV9DcOh5fnlFLtg3ZjiMWFdJ', '2026-03-29 09:59:59.123456+00', '2026-03-29 10:59:59.123456+00', 1);
INSERT INTO public.invitations VALUES (2, 2, -1000000000001, 'view', '980e97758231d0ac02909aea97f96fa66a89f27758fc97795a6fb34a29702cd9', '2026-03-30 05:59:59.123456+00', '2026-03-30 06:59:59.123456+00', -1000000000001, 'gAAAAABrCn7WjFm1eQE1457zdyEYmqahM5mI5hI92zXLpI9sCVp_HOegS1mMYY5eaWQ1vUjw_kOBX51f5FRgA0Do8vK_A-EU4i06fnj6mEvJlMMOme_N0T4DsM_ZFUF-GsFTNPgUPfNS', '2026-03-30 09:59:59.123456+00', '2026-03-30 10:59:59.123456+00', 2);
INSERT INTO public.invitations VALUES (3, 3, NULL, 'full', '5feb7d4d59824d160c477a9c6197b4a6ab95beba98706ae79707cb22bc294bb6', '2026-03-31 05:59:59.123456+00', '2026-03-31 06:59:59.123456+00', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.invitations VALUES (4, 4, -1000000000003, 'view', '9d4122222803f0ef8561151d7b677ef0faae8a44e997417a43693ab383f75df4', '2026-04-01 05:59:59.123456+00', '2026-04-01 06:59:59.123456+00', -1000000000003, 'gAAAAABrCn7WKIRfVpX0qxxHFSnRm68Qe8H_IZffk3fgbbSQcdPgvvSXCCHIBxbM10Ypu73TyYOfM5_jmz1wlFLZgQmy3YdKX-u3rRhD0O0Aqw7QtAqEcj_4973h9u1VtlvLtSRVtyPI', '2026-04-01 09:59:59.123456+00', '2026-04-01 10:59:59.123456+00', 4);
INSERT INTO public.invitations VALUES (5, 5, -1000000000004, 'full', '9ece30a911ed28ed077f53a4c612702e1a2152821da0218296aebc6c2f2f593e', '2026-04-02 05:59:59.123456+00', '2026-04-02 06:59:59.123456+00', -1000000000004, 'gAAAAABrCn7WdCqeWCC6kutFtHVmpQLQuRRHOmF1Ygv1kPa9Lm7N7-WDh_y7BEIvW1p3JpR7gC9Wy3Nym5NGCmQ0hC2-Ad-v-9VK8RM7AVfAO3n8IAw53PZkV86uOVDMzkdTmOAyFVO4', '2026-04-02 09:59:59.123456+00', '2026-04-02 10:59:59.123456+00', 5);
INSERT INTO public.invitations VALUES (6, 6, NULL, 'view', '70ef5e571c62711ea261d1068fe30fbb34c486bcc8b135b9b12095a179739dfd', '2026-04-03 05:59:59.123456+00', '2026-04-03 06:59:59.123456+00', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.invitations VALUES (7, 7, -1000000000006, 'full', 'b984b333e3547c43ea7844174885dc6afcca86b8766a0e2ebeae94d460e0eda0', '2026-04-04 05:59:59.123456+00', '2026-04-04 06:59:59.123456+00', -1000000000006, 'gAAAAABrCn7WymzgH3EYVVqAYPdmkJQnBlXFwffJvU1Bka87BgXj9arO2LKyytnWwmO1rfMl6Lt-WV9t6cEO75r5IkEVXspslmjjFw6PW16nrSBMzvOKj3pUSQS1dhgaWg8Ec3O3jqL3', '2026-04-04 09:59:59.123456+00', '2026-04-04 10:59:59.123456+00', 7);
INSERT INTO public.invoices VALUES (1, 1, '0 Nicolò, invoices.number «€»', '2024-02-29', '2024-02-29', 1000000000000, 'pagata', '0 Nicolò, invoices.file_name «€»', '0 Nicolò, invoices.file_hash «€»', 1000000000000, '2026-03-29 10:59:59.123456+00', '2026-03-29 11:59:59.123456+00');
INSERT INTO public.invoices VALUES (2, 2, '1 Nicolò, invoices.number «€»', '2024-03-01', '2024-03-01', 1000000000001, 'da pagare', '1 Nicolò, invoices.file_name «€»', '1 Nicolò, invoices.file_hash «€»', 1000000000001, '2026-03-30 10:59:59.123456+00', '2026-03-30 11:59:59.123456+00');
INSERT INTO public.invoices VALUES (3, 3, '2 Nicolò, invoices.number «€»', '2024-03-02', '2024-03-02', 1000000000002, 'scaduta', NULL, NULL, NULL, '2026-03-31 10:59:59.123456+00', NULL);
INSERT INTO public.invoices VALUES (4, 4, '3 Nicolò, invoices.number «€»', '2024-03-03', '2024-03-03', 1000000000003, 'pagata', '3 Nicolò, invoices.file_name «€»', '3 Nicolò, invoices.file_hash «€»', 1000000000003, '2026-04-01 10:59:59.123456+00', '2026-04-01 11:59:59.123456+00');
INSERT INTO public.invoices VALUES (5, 5, '4 Nicolò, invoices.number «€»', '2024-03-04', '2024-03-04', 1000000000004, 'da pagare', '4 Nicolò, invoices.file_name «€»', '4 Nicolò, invoices.file_hash «€»', 1000000000004, '2026-04-02 10:59:59.123456+00', '2026-04-02 11:59:59.123456+00');
INSERT INTO public.invoices VALUES (6, 6, '5 Nicolò, invoices.number «€»', '2024-03-05', '2024-03-05', 1000000000005, 'scaduta', NULL, NULL, NULL, '2026-04-03 10:59:59.123456+00', NULL);
INSERT INTO public.invoices VALUES (7, 7, '6 Nicolò, invoices.number «€»', '2024-03-06', '2024-03-06', 1000000000006, 'pagata', '6 Nicolò, invoices.file_name «€»', '6 Nicolò, invoices.file_hash «€»', 1000000000006, '2026-04-04 10:59:59.123456+00', '2026-04-04 11:59:59.123456+00');
INSERT INTO public.link_attempts VALUES (1, -1000000000000, 'd2c3a9c5ab3f70249e376f9f469356975569d3a46f7f73c5cbc2ece386636d91', '2026-03-29 03:59:59.123456+00', 'matched');
INSERT INTO public.link_attempts VALUES (2, -1000000000001, 'd2390989ccefa255fa2766ffcc8c151ca45bc1bfa7b5332e4d895a6f17600080', '2026-03-30 03:59:59.123456+00', 'no_match');
INSERT INTO public.link_attempts VALUES (3, -1000000000002, 'f176fe82bf3daf5dd62da66cf68408fa14d544ec7b005f29624d8d3069f8d711', '2026-03-31 03:59:59.123456+00', 'no_email');
INSERT INTO public.link_attempts VALUES (4, -1000000000003, 'e3bddb594a4975cf8b662f289da62a628a72ebc9931293fa23aebc47bc4d4be7', '2026-04-01 03:59:59.123456+00', 'refused');
INSERT INTO public.link_attempts VALUES (5, -1000000000004, '763ae8e3c6837262271df7b864581593bca66b0c4590a3ae693a1b745207ea71', '2026-04-02 03:59:59.123456+00', 'code_sent');
INSERT INTO public.link_attempts VALUES (6, -1000000000005, '1e39b7fda9563b95a43b1f926a2ed3ec24139f838ea484ca6b175db16688784f', '2026-04-03 03:59:59.123456+00', 'wrong_code');
INSERT INTO public.link_attempts VALUES (7, -1000000000006, '01167afcdf799813dc32213d1d4bf6a7779495bf15bdc5c0ccc3757a59e0e419', '2026-04-04 03:59:59.123456+00', 'linked');
INSERT INTO public.measured_days VALUES (1, '2024-02-29', 'gAAAAABrCn7WW7TsxA9le86xV0RnkZrTH9LkreYD4Ahyuwo4kILKFiBeYfz5T5aFIJ7nR_NimHBFyb2st8vG7dN7CImZaq2VoT6sQ_QT5hcfY7rzRjlXQGh3DVMG0I0Q0llVLZx6dIIh');
INSERT INTO public.measured_days VALUES (2, '2024-03-01', 'gAAAAABrCn7WTVKZDg4APdNmypB8zXfvKvceAG_ShAEhHeQzuu0mudLTUIQCNt3e-E3AMwih0glsk_i9SOEaO-YfAW9DtA5hq8J-tMpm3x8Bh_5dxpMOVnOdies8zsbR6tUMANXvBNIi');
INSERT INTO public.measured_days VALUES (3, '2024-03-02', 'gAAAAABrCn7WPVvXKP-mFax9WSxlStrH7jLfpw-tFtLM0YhAq9v_Jj-WuFzJyDyGqxqd6iGa0Z0elAiaW04ECWS4UGp3CVM5GXjzrBIghQ4mMbIk6QuyS4CS_ijnjuWOJXQjGIKv22zC');
INSERT INTO public.measured_days VALUES (4, '2024-03-03', 'gAAAAABrCn7WA2UxOBBVkSbuUGd1M6Gw_cZHw-IA7lxjVBYjttHfEB_HiDw6UPP8A7afDdJF_FJYMUk6OewcvMujtI_37htxyz7ASz0ANy6Tjp157maTSvn13WbrCrsUPM34zQLmqKeO');
INSERT INTO public.measured_days VALUES (5, '2024-03-04', 'gAAAAABrCn7W_60XoedSSLX28f64Sc5wmEHsgE058dFVE2xlF7SlUPGbDxijh0Z1PNswJmokcIuoFaUJQx0ThO1Gvz-MW4mHyie3JXI_uGhqRNEjKH2Mh_EsG7zaY1BCeBF_S3778pnl');
INSERT INTO public.measured_days VALUES (6, '2024-03-05', 'gAAAAABrCn7Wyz4jj3UivsTeN1hNZ8fed7dpBLEC0xlFj6O_CP_lgQKiNuYoVmZkf0pvjbDw-t_w5KWAfEcOWeSf-DvHroLIwoOPEQvbHUCAKSPeE90GnGZEt3vTkr6gfmScQpThs63z');
INSERT INTO public.measured_days VALUES (7, '2024-03-06', 'gAAAAABrCn7WghlPQJ0dh-iuFves-x-9KCRcJh0e_fKEGwtsE6usFZJNkGt7sI-Te5mvgRyC8tskE_OFVofYO37adwcwWjGH-gS19fOhm9k0XqWAUkgxHhdaBDyiwUa8tTXKkqmHYusM');
INSERT INTO public.one_time_codes VALUES (1, -1000000000000, 1, '6ac074063d982e49c4038d09feb6e91667ee19e7ef3d4ed998ce7425d405fbf4', 'b3c9c44f2c7452314775de504247c0c4eb9e619a6ff751a6a682896310e2ff84', '2026-03-29 05:59:59.123456+00', '2026-03-29 06:59:59.123456+00', 1, '2026-03-29 08:59:59.123456+00', true);
INSERT INTO public.one_time_codes VALUES (2, -1000000000001, 2, '90307ed21864e7c461ae183c8f53354c53bbec40d19b77f6df24304173eb5ef1', 'eced4fbe3b56cd7a30e3baeda8cc0330a24162113d96f4cadebdef9fc53fac8b', '2026-03-30 05:59:59.123456+00', '2026-03-30 06:59:59.123456+00', 2, '2026-03-30 08:59:59.123456+00', false);
INSERT INTO public.one_time_codes VALUES (3, -1000000000002, 3, 'df6ad622694c497e1e1269108be37bacf0fe86540f0c3605552a9126523a6d02', NULL, '2026-03-31 05:59:59.123456+00', '2026-03-31 06:59:59.123456+00', 3, NULL, true);
INSERT INTO public.one_time_codes VALUES (4, -1000000000003, 4, '62fde18781962db32fab7f65e5964f443f3422f37c9661db0fe46a1172355315', '62a119d2234a0675fa2999cfb45bde8dca09fcc1a5f4f9a583d83ca2bb371c84', '2026-04-01 05:59:59.123456+00', '2026-04-01 06:59:59.123456+00', 4, '2026-04-01 08:59:59.123456+00', false);
INSERT INTO public.one_time_codes VALUES (5, -1000000000004, 5, 'ce9b3c677949443cf2c0adb358f5ca0f857b7ae9444fca10e056318cb2c123bc', 'a45a18a3bd5a3c352e762a4c5b5b6b0677b9f67a6932609d03733b6529aeedcc', '2026-04-02 05:59:59.123456+00', '2026-04-02 06:59:59.123456+00', 5, '2026-04-02 08:59:59.123456+00', true);
INSERT INTO public.one_time_codes VALUES (6, -1000000000005, 6, 'f141ea01b724196bffcf7205b91d46eb5f29eeeb1babddafb9d53f6c98fb68de', NULL, '2026-04-03 05:59:59.123456+00', '2026-04-03 06:59:59.123456+00', 6, NULL, false);
INSERT INTO public.one_time_codes VALUES (7, -1000000000006, 7, '28a0d756fcf4b3c7ddfa0a169153a99b5fe483f872016497d895ad2f87eeb78c', 'ed32533e08a9a2df0a67757d59e95dac089b3b23100bf3efcb6f24a6fa313f59', '2026-04-04 05:59:59.123456+00', '2026-04-04 06:59:59.123456+00', 7, '2026-04-04 08:59:59.123456+00', true);
INSERT INTO public.outbox VALUES (1, '0 Nicolò, outbox.key «€»', '0 Nicolò, outbox.kind «€»', -1000000000000, 1, 1, true, 'gAAAAABrCn7Wgx8CDF6eGSj5cHai9j-iz2rms4XMyGmwvjjVsnKE-LB-Rvedxn2OWpjH_aNhkUtWXVdwS5tsSykRc9AANxnqWJ33Fep9FyHCFwYaM9Ra2TOJs-HgTMpYmK5W6oFU3lvJ', '2026-03-29 08:59:59.123456+00', '2026-03-29 09:59:59.123456+00', 'queued', 1, '2026-03-29 12:59:59.123456+00', '2026-03-29 13:59:59.123456+00', 1);
INSERT INTO public.outbox VALUES (2, '1 Nicolò, outbox.key «€»', '1 Nicolò, outbox.kind «€»', -1000000000001, 2, 2, false, 'gAAAAABrCn7We5GE47lIwjklXAJKXDuO_3TA2Lg6ClAYe05RwrPSUTLibyNgt0hWLo0Bh__kbnzD-dIQdzSyLkeeE1P6X42tvH9JJjnJBwjswppHEZPoPPlzbFL4TR-RhVpLvDoWbxhU', '2026-03-30 08:59:59.123456+00', '2026-03-30 09:59:59.123456+00', 'sending', 2, '2026-03-30 12:59:59.123456+00', '2026-03-30 13:59:59.123456+00', 2);
INSERT INTO public.outbox VALUES (3, '2 Nicolò, outbox.key «€»', '2 Nicolò, outbox.kind «€»', -1000000000002, NULL, NULL, true, NULL, '2026-03-31 08:59:59.123456+00', NULL, 'held', 3, '2026-03-31 12:59:59.123456+00', NULL, NULL);
INSERT INTO public.outbox VALUES (4, '3 Nicolò, outbox.key «€»', '3 Nicolò, outbox.kind «€»', -1000000000003, 4, 4, false, 'gAAAAABrCn7WmVNTzVGnnGADi3C5zFjQ8zNUvtNrjAuU4RuAdDExu3VCq54zWJL4OZWuhLyFmiXfSZ8WSdFMR9rduLYWKIam5SbGl6g20QEkcFlazgoJ0HnRgd1liPfSlFKUKiGHVqDi', '2026-04-01 08:59:59.123456+00', '2026-04-01 09:59:59.123456+00', 'sent', 4, '2026-04-01 12:59:59.123456+00', '2026-04-01 13:59:59.123456+00', 4);
INSERT INTO public.outbox VALUES (5, '4 Nicolò, outbox.key «€»', '4 Nicolò, outbox.kind «€»', -1000000000004, 5, 5, true, 'gAAAAABrCn7WTPnnlKH8X2ZxFEUOnvWoCDkHVRI5DpW62PJUbVlhi92aQ4H8WGto9mS8ZGKfMoPt-QsqtQKvCO_ksI-4PhGSJiarrjgaNPv_kouqyRP4y56ET3TkCW84ye8HRcbHQT3s', '2026-04-02 08:59:59.123456+00', '2026-04-02 09:59:59.123456+00', 'failed', 5, '2026-04-02 12:59:59.123456+00', '2026-04-02 13:59:59.123456+00', 5);
INSERT INTO public.outbox VALUES (6, '5 Nicolò, outbox.key «€»', '5 Nicolò, outbox.kind «€»', -1000000000005, NULL, NULL, false, NULL, '2026-04-03 08:59:59.123456+00', NULL, 'outdated', 6, '2026-04-03 12:59:59.123456+00', NULL, NULL);
INSERT INTO public.outbox VALUES (7, '6 Nicolò, outbox.key «€»', '6 Nicolò, outbox.kind «€»', -1000000000006, 7, 7, true, 'gAAAAABrCn7WsY1j5YhLtoiijnkK1nKREYj-yIsixK9zK2ikZFalvRnZXIAIcsTfJnsW_VDI_GMDvykra2xFVEyhPHJat-Iy6Pu0v5IiFSt2qA_JpfXnQXMjwmfrO6qIFlVqDJ_KAzg-', '2026-04-04 08:59:59.123456+00', '2026-04-04 09:59:59.123456+00', 'queued', 7, '2026-04-04 12:59:59.123456+00', '2026-04-04 13:59:59.123456+00', 7);
INSERT INTO public.readings VALUES (1, 1, '2024-02-29', 'rilevata', 'pending', 1000000000000, 1000000000000, '0 Nicolò, readings.meter_serial «€»', '0 Nicolò, readings.corrector_serial «€»', true, true, true, true, 1, -1000000000000, -1000000000000, '2026-03-29 16:59:59.123456+00', '2026-03-29 17:59:59.123456+00', '2026-03-29 18:59:59.123456+00', 1, '0 Nicolò, r', 'none', 'gAAAAABrCn7WYnNfErPwZF7x8mbkJ7pd_0xcEXes1w_bewsWlDbazzH15PhLxCsCBlkohUBFAyvWm4PBmM47oA_6n0SPaesnVIUTIpSOxdAdNpYKZq2eE39R3LoC8xLOfoBMUDJFPVcM', '2026-03-29 23:59:59.123456+00');
INSERT INTO public.readings VALUES (2, 2, '2024-03-01', 'autolettura', 'claimed', 1000000000001, 1000000000001, '1 Nicolò, readings.meter_serial «€»', '1 Nicolò, readings.corrector_serial «€»', false, false, false, false, 2, -1000000000001, -1000000000001, '2026-03-30 16:59:59.123456+00', '2026-03-30 17:59:59.123456+00', '2026-03-30 18:59:59.123456+00', 2, '1 Nicolò, r', 'valid', 'gAAAAABrCn7Wqwr7Bh7ueBNYkA1OZi3al11StLZzlF7nUg9AAeuPTxc1rb2fwbKNdFX_g023wdYiaP1Hl_o3WzOZ8mCxcl99jWUFZEvSvIhxqOPNwPXrqr8LRQS1PBqWavOm-8Zts8kp', '2026-03-30 23:59:59.123456+00');
INSERT INTO public.readings VALUES (3, 3, '2024-03-02', 'stimata', 'acquired', 1000000000002, NULL, NULL, NULL, true, true, true, true, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'refused', NULL, NULL);
INSERT INTO public.readings VALUES (4, 4, '2024-03-03', 'rilevata', 'cancelled', 1000000000003, 1000000000003, '3 Nicolò, readings.meter_serial «€»', '3 Nicolò, readings.corrector_serial «€»', false, false, false, false, 4, -1000000000003, -1000000000003, '2026-04-01 16:59:59.123456+00', '2026-04-01 17:59:59.123456+00', '2026-04-01 18:59:59.123456+00', 4, '3 Nicolò, r', 'none', 'gAAAAABrCn7Wdw790Dfc5iCEcbG8Sp_9_DuWvzZd9U-Z1-cGii4ae_PKnULUXaStJHo_mwOdXGTZApdaZmqfYQjqz4VbT_G6MopkPhltSZRpY0KXKDHfnxa4_dtmStVrid0_1Qc16tKl', '2026-04-01 23:59:59.123456+00');
INSERT INTO public.readings VALUES (5, 5, '2024-03-04', 'autolettura', 'pending', 1000000000004, 1000000000004, '4 Nicolò, readings.meter_serial «€»', '4 Nicolò, readings.corrector_serial «€»', true, true, true, true, 5, -1000000000004, -1000000000004, '2026-04-02 16:59:59.123456+00', '2026-04-02 17:59:59.123456+00', '2026-04-02 18:59:59.123456+00', 5, '4 Nicolò, r', 'valid', 'gAAAAABrCn7WaEgV2b_b_DkAj9xExm8i2qM9GESgSUqR8Q4f6SECWI4boPcRIydS226Y-Uj1u7qwCqAmh9WfOx8lgMq3XSwWHJHTLMcZ_vlwlDOePWbnriTs_5O9GUOlPzfaQl8d2weo', '2026-04-02 23:59:59.123456+00');
INSERT INTO public.readings VALUES (6, 6, '2024-03-05', 'stimata', 'claimed', 1000000000005, NULL, NULL, NULL, false, false, false, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'refused', NULL, NULL);
INSERT INTO public.readings VALUES (7, 7, '2024-03-06', 'rilevata', 'acquired', 1000000000006, 1000000000006, '6 Nicolò, readings.meter_serial «€»', '6 Nicolò, readings.corrector_serial «€»', true, true, true, true, 7, -1000000000006, -1000000000006, '2026-04-04 16:59:59.123456+00', '2026-04-04 17:59:59.123456+00', '2026-04-04 18:59:59.123456+00', 7, '6 Nicolò, r', 'none', 'gAAAAABrCn7Wl5YDsyYPJKbpkRFOlCUbRrrRfUor0o2PmCbNSLc2iB8zXOk_K7PQSZZZnsn5MvkJ5tV-IkUHGYXInf9-03tAErbE-jO84HtFSGOzAcYSoe2RkHTwFc17wrN8v1q4lFtQ', '2026-04-04 23:59:59.123456+00');
INSERT INTO public.reminder_rounds VALUES (1, '2026-03-29 01:59:59.123456+00', '2026-03-29 02:59:59.123456+00', true, 'opens', 1, '2026-03-29 06:59:59.123456+00', 1, '2026-03-29 08:59:59.123456+00');
INSERT INTO public.reminder_rounds VALUES (2, '2026-03-30 01:59:59.123456+00', '2026-03-30 02:59:59.123456+00', false, 'closing', 2, '2026-03-30 06:59:59.123456+00', 2, '2026-03-30 08:59:59.123456+00');
INSERT INTO public.reminder_rounds VALUES (3, '2026-03-31 01:59:59.123456+00', '2026-03-31 02:59:59.123456+00', true, 'last_day', 3, '2026-03-31 06:59:59.123456+00', 3, NULL);
INSERT INTO public.reminder_rounds VALUES (4, '2026-04-01 01:59:59.123456+00', '2026-04-01 02:59:59.123456+00', false, 'opens', 4, '2026-04-01 06:59:59.123456+00', 4, '2026-04-01 08:59:59.123456+00');
INSERT INTO public.reminder_rounds VALUES (5, '2026-04-02 01:59:59.123456+00', '2026-04-02 02:59:59.123456+00', true, 'closing', 5, '2026-04-02 06:59:59.123456+00', 5, '2026-04-02 08:59:59.123456+00');
INSERT INTO public.reminder_rounds VALUES (6, '2026-04-03 01:59:59.123456+00', '2026-04-03 02:59:59.123456+00', false, 'last_day', 6, '2026-04-03 06:59:59.123456+00', 6, NULL);
INSERT INTO public.reminder_rounds VALUES (7, '2026-04-04 01:59:59.123456+00', '2026-04-04 02:59:59.123456+00', true, 'opens', 7, '2026-04-04 06:59:59.123456+00', 7, '2026-04-04 08:59:59.123456+00');
INSERT INTO public.staff_groups VALUES (-1000000000000, -1000000000000, '2026-03-29 02:59:59.123456+00');
INSERT INTO public.staff_groups VALUES (-1000000000001, -1000000000001, '2026-03-30 02:59:59.123456+00');
INSERT INTO public.staff_groups VALUES (-1000000000002, -1000000000002, '2026-03-31 02:59:59.123456+00');
INSERT INTO public.staff_groups VALUES (-1000000000003, -1000000000003, '2026-04-01 02:59:59.123456+00');
INSERT INTO public.staff_groups VALUES (-1000000000004, -1000000000004, '2026-04-02 02:59:59.123456+00');
INSERT INTO public.staff_groups VALUES (-1000000000005, -1000000000005, '2026-04-03 02:59:59.123456+00');
INSERT INTO public.staff_groups VALUES (-1000000000006, -1000000000006, '2026-04-04 02:59:59.123456+00');
INSERT INTO public.supply_points VALUES (1, '0 Nicolò, suppl', 1, 'gas', 'gAAAAABrCn7WNLACi4Jqj7e6QTRV53_uXbSPkb2ynQc8H-fBb4UjittR6Gm6ZMZZ_h_m8eNevleQwIzKuwQj7VQXpUcVbgz3ucIhryAxjGGRch38tLunvjJ3LjA5AyJ219lI8lrgaIO2', 'nessuna', '0 Nicolò, supply_points.meter_serial «€»', 1, '0 Nicolò, supply_points.corrector_serial', 1, '0 Nicolò', '1.02700', 1, '0 Nicolò, s', 'gAAAAABrCn7WEqeubDNJ6g7AI1G9-Uy9mucMQdUI_7YIX_Oi-I9TwHkLk7QhVVxGjjJCUZsMvR13slulGQDTQ3r8BpnoI3nFiKumC6MCWHrwRrppdfyIRQkDeBq9f9eEixSTMJZBRI11', '0 Nicolò, supply_points.offer «€»', '2024-02-29', '2024-02-29', '2024-02-29');
INSERT INTO public.supply_points VALUES (2, '1 Nicolò, suppl', 2, 'luce', 'gAAAAABrCn7Wcja3HIQUEdkJvs0jLNWQKRU8sK57w-YJOaiGBwo5cKyhlBv-7n7Wcz7u8A7l8y8sbUMpPswGmdC5h5iDF2kPikbIJ7bgKsHVzw3jp1thPtOG4dgxc6CqsorcNOBb_87R', 'contatore', '1 Nicolò, supply_points.meter_serial «€»', 2, '1 Nicolò, supply_points.corrector_serial', 2, '1 Nicolò', '1.02710', 2, '1 Nicolò, s', 'gAAAAABrCn7W_OWLVaqF_1xJDTzPtshDqlMTj8IwNk558xNwLlxBKI8V24P6JbaeQp36pux64N8aGBybgrZ_IL-Gm9KgRpQ557JGrngf04s6BwJiwHdc5qyrpHuG3ER8Z4AlKUk_fLMP', '1 Nicolò, supply_points.offer «€»', '2024-03-01', '2024-03-01', '2024-03-01');
INSERT INTO public.supply_points VALUES (3, '2 Nicolò, suppl', 3, 'gas', 'gAAAAABrCn7WQ5Qh6l2yj81LWd77u1ZGe85ghf0Ep3bUu36iiP7i0JcjdZIZyfKAy38T-vz3VWONM73wW7nnoe5jMRTf_PFDpOAGtGy3FxvyiTdkaA-coWGQWItWw-JrIMydIV2gaSEG', 'contatore+correttore', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024-03-02', '2024-03-02', NULL);
INSERT INTO public.supply_points VALUES (4, '3 Nicolò, suppl', 4, 'luce', 'gAAAAABrCn7WaM9KgjI8Jq-BAJ1PvzI0jEiClzQptKTBkeVx6Su_5beBSDc5cS_4KmQWEzpiedUb6PD-V6uCxXfXvyVpg7zJ5YJgUAjl5Eocsyv67WqcTcgckXYp2KpCHIcbWhZpwKqw', 'nessuna', '3 Nicolò, supply_points.meter_serial «€»', 4, '3 Nicolò, supply_points.corrector_serial', 4, '3 Nicolò', '1.02730', 4, '3 Nicolò, s', 'gAAAAABrCn7Wvbbp6MRIhAm3nxRtVIz-cQZh5880HZzT3jDTrbYdqZCk9QTB6LJ6O_Q2J3wmjYQAWIM2uNHKnk5N6SK5Gv39O6WjjMVOCI2-5_HteV4q0RYfmo26gSaz7JqdpCtDBwJJ', '3 Nicolò, supply_points.offer «€»', '2024-03-03', '2024-03-03', '2024-03-03');
INSERT INTO public.supply_points VALUES (5, '4 Nicolò, suppl', 5, 'gas', 'gAAAAABrCn7WvBHjdmj9YpGZcsx6ipbQ0X3RUVHM9krz2tOnPDrI-MxC_0u_vy1oj0xQ2dY3l0tapKWyLVOnvq6H_Enur8ySWUqpCtSjEac4QrqNxlYlAenXolTGuJFO6wIOgfIb_4Mg', 'contatore', '4 Nicolò, supply_points.meter_serial «€»', 5, '4 Nicolò, supply_points.corrector_serial', 5, '4 Nicolò', '1.02740', 5, '4 Nicolò, s', 'gAAAAABrCn7WFQpJUSvVtSiOYJO3r_mOu6Gfx2r1edM628wzWqx66WCywwdn0v7kg1FfJBQytZpy_ZtcuHSvnRLFpx-gvq9CKD64kg65DpD22xuKkF-6JQCQigktqpSD0-cxzaO-CA9X', '4 Nicolò, supply_points.offer «€»', '2024-03-04', '2024-03-04', '2024-03-04');
INSERT INTO public.supply_points VALUES (6, '5 Nicolò, suppl', 6, 'luce', 'gAAAAABrCn7Wk_-tL_J9V7c9SD8SI4FglnZJn3Cq9PPq-gRzPheDgzerqm2xbrlx0slBtmaazN_7pkWKarpWBfJHCaAb0Dm7kal0E8JP-tL0fUrtaHSmTkCl-V0ZlnKbLXKNiuV8FOph', 'contatore+correttore', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024-03-05', '2024-03-05', NULL);
INSERT INTO public.supply_points VALUES (7, '6 Nicolò, suppl', 7, 'gas', 'gAAAAABrCn7WAGULxq-x3vN9dtUZij2QhbIAZ3CYBqhMPTBtvqhxzvYFRGyV4JwRyLl8as8G07r0rGEsDRAUIE2VAUSvWgmUBJ6suklugSL9TaqrxWyh-wKRx52Bkjx2yIOAk5bF1qjx', 'nessuna', '6 Nicolò, supply_points.meter_serial «€»', 7, '6 Nicolò, supply_points.corrector_serial', 7, '6 Nicolò', '1.02760', 7, '6 Nicolò, s', 'gAAAAABrCn7WUcSiTs3iKGS9NRZN8Txpda7Y4SBPbNyi_XWSBH2Y-jjFiw9SweMdsc_eJRawrb0owc6kAXbf_vDkpK6CnN_1fvArd42Q1_CICy1_7s3-UYYEaYVodGCLDg9UGnVLqw-5', '6 Nicolò, supply_points.offer «€»', '2024-03-06', '2024-03-06', '2024-03-06');
INSERT INTO public.telegram_files VALUES ('0 Nicolò, telegram_files.content_key «€»', '0 Nicolò, telegram_files.file_id «€»', '2026-03-29 02:59:59.123456+00');
INSERT INTO public.telegram_files VALUES ('1 Nicolò, telegram_files.content_key «€»', '1 Nicolò, telegram_files.file_id «€»', '2026-03-30 02:59:59.123456+00');
INSERT INTO public.telegram_files VALUES ('2 Nicolò, telegram_files.content_key «€»', '2 Nicolò, telegram_files.file_id «€»', '2026-03-31 02:59:59.123456+00');
INSERT INTO public.telegram_files VALUES ('3 Nicolò, telegram_files.content_key «€»', '3 Nicolò, telegram_files.file_id «€»', '2026-04-01 02:59:59.123456+00');
INSERT INTO public.telegram_files VALUES ('4 Nicolò, telegram_files.content_key «€»', '4 Nicolò, telegram_files.file_id «€»', '2026-04-02 02:59:59.123456+00');
INSERT INTO public.telegram_files VALUES ('5 Nicolò, telegram_files.content_key «€»', '5 Nicolò, telegram_files.file_id «€»', '2026-04-03 02:59:59.123456+00');
INSERT INTO public.telegram_files VALUES ('6 Nicolò, telegram_files.content_key «€»', '6 Nicolò, telegram_files.file_id «€»', '2026-04-04 02:59:59.123456+00');
INSERT INTO public.ticket_files VALUES (1, 1, 'photo', 'gAAAAABrCn7Wpb83TfjiAPm8HeHagRpmw5-pJ2Wfu-iA-r-9y3W2P_I9nxklvuP2QcwNEYxtu1M8kWmtL858Rpwy522QMparquxoxRvAA-sE7uufDhT2Rmw-hVa2N0lhj2Tk6-ddcqRi', 'gAAAAABrCn7W72Hx8oWL0MzZdnHodyTV47bPO8AdgJCTO54kp8EHBB6bZE3UAf4Epi2yp9ijDcjK0T8wz0G_ZxOTyMud1DrTEPSVMajWLDhRbjMIxwPhsoPC90jpsa9S7FlcD4vc7yeB', 1000000000000, '0 Nicolò, ticket_files.room_name «€»', true);
INSERT INTO public.ticket_files VALUES (2, 2, 'document', 'gAAAAABrCn7WfRx0ezax52VdZJNnajqRwXGjDnXLdNScEZbecVSzF2edHWj6m4omqpV__8KKFarkQ0CtzOy6Uu9UxwNHCPrZg_WQXJJCgINmFYFEMFNiAhGI7KInpxsUBMIpDvATrMrp', 'gAAAAABrCn7WqPUvFJV8-xFfv7ciDgvitx7v6Rtfx9BOW5obdXmtNxjZQT0WH1U4OAzOZsslcMRISajeBPQSSXYmb5i42mCBHaBkoufTlkRsDcx9mrZcLL3MzwYmjFwV61gghjtrASyA', 1000000000001, '1 Nicolò, ticket_files.room_name «€»', false);
INSERT INTO public.ticket_files VALUES (3, 3, 'photo', 'gAAAAABrCn7Wz7SLJyJzPA1XjoiUuhdcnzjd5oReo2snTTT-qfZuCnsuIRZHOaWl5co4fsqsehSIbpRWAhCu-JGZsrUJa6LYYn3fD69tqNKCxQI9DA7dkw2cAYDPdQJHTLDXUuieB73S', 'gAAAAABrCn7WCmGUOgd0OBa4eL-3WLHJy7RTvilG04GKHQwiAaVJpO8_365eamvW6-HzajrcoFnwS_LCAzOWj0UQlJxuRZAe60-23nm463YO20kOXgiSgb8AG2QFduESjYm2U2E-7mBF', NULL, NULL, true);
INSERT INTO public.ticket_files VALUES (4, 4, 'document', 'gAAAAABrCn7WbfhWc7vubBxbWx3xEbTD9p3RngcCa6cmnT9ng-1Mbu3CatnPYowdPgXgowHG3wUUGF7FZMB6J1HSpwnQAkpBfZ4rmNf47w72H4VADls9pazJtsSnUrNfymGpRMgTPvkN', 'gAAAAABrCn7WwYaPuZ94Ko1gnWEoaB5kV5IZNVW0_61jzgounzZcSF2OgP1UMfXOkyDuDDpRqRgGNCFItC16f9n15T9VPW0kdvncWZn3Zft9mIb8ejDuvosDH2GlS2boVFzlTo5aUQYQ', 1000000000003, '3 Nicolò, ticket_files.room_name «€»', false);
INSERT INTO public.ticket_files VALUES (5, 5, 'photo', 'gAAAAABrCn7Wsa3HEr4ZGqc-MikXBCedx3qei9ClCL0e_rWf32u8PSZHngH1T2s8nvTHkoXoZRVYmOzFwsrDpdfFeEEfDgAgywo6apLoYyzLpnGgfy_KDs3MhxcnqgN9NGpkl-yv1j77', 'gAAAAABrCn7WxvmWX4Hto0PQJ38y1x9XAmnqIHT3Ed9Q_qwjuwTWem1xO94YLSGLUKTwTuybTXyvoqgBOgPnBjtbruMuQyfFoqame6qYjqp5PRQLpf9LQWMUQeHdi3wWv661MHbJO3Jj', 1000000000004, '4 Nicolò, ticket_files.room_name «€»', true);
INSERT INTO public.ticket_files VALUES (6, 6, 'document', 'gAAAAABrCn7Wt5tXIIs79aLVIWRv2ut-0W-dg9KhHiRitV_W5n-mfcI-NbbT8QGKrV-G0lpB94U0A7JyGleGN-01STvhHwq0PY334sLIfZwZZVn2Wow6WmcO4CGUmZfLuCfZ7imcxQYv', 'gAAAAABrCn7W4DBXaCy4Ebz3YnJ5wc7lLS5Iomi-tkpFwh1Weww1AP8V12hV70UCutnzzUrSvMeRFjuZLAWB4kxX7G4Y_sbsFR3GRDjtLlgx0yov76mZ989k60hE28UOB-gXgCsRCrx6', NULL, NULL, false);
INSERT INTO public.ticket_files VALUES (7, 7, 'photo', 'gAAAAABrCn7Wq8FP4Wmhfl4Y2wkkwcS2OWLanQP2jsuufEJmvAnqq6QQLLQdZBdqGP8Qm74BjYWSk8sw6eEQwdZOEmPTJeQKlY3HMCzMbapWuwKfsL-A6RiUmcagcoHrkOPth2GtIbGG', 'gAAAAABrCn7WHCuzGIp4Kq6vc3MjdBBvPbUqzszqyyiYBqtDwFRSGeX36fNsDCnTeDvKccXhMqgp9_XyfTwL62ZNBAa5zu-6QCotytKSZeve0TvWp-s1tvOpydqjHcIGyKlYp3gCqqWy', 1000000000006, '6 Nicolò, ticket_files.room_name «€»', true);
INSERT INTO public.ticket_messages VALUES (1, 1, 'customer', -1000000000000, 'gAAAAABrCn7WrfOGWTwbWl0amJiuh8wSTM0SaFmGIMHl3qqsYL_R6KHGPoL2A2D4RI9peFm6b4myAPmkitWi17FB9RbL1nVOfqUkA5rtfNPChk80PfrbplY59uEMd-LIIhrU9FZajIPp', '2026-03-29 05:59:59.123456+00');
INSERT INTO public.ticket_messages VALUES (2, 2, 'staff', -1000000000001, 'gAAAAABrCn7WtZLtmSlpChOj4cvHCMX4cZ2BV2rE22A-_bzIhQ01Azok_fdR1Y7Qiqrt_LOxNEA2f7aurEzWS98euhVnMD3JnkpY-NQU_Vg3Z5sLbUPbS1WYbguRqmyPIhs2NZNgNfF6', '2026-03-30 05:59:59.123456+00');
INSERT INTO public.ticket_messages VALUES (3, 3, 'customer', NULL, 'gAAAAABrCn7WhF3XQH19xhgVQ2zcSntcydPiONe1BYAoBo5lShv5kL8YHW_0OW7aq7HbxVsiNx9GYWRz0cewvPYF70SG4MBS4JFL5u2gJDix-pnpXnKg0Z2mQ2QZcvhNK9jMxfUj5vqY', '2026-03-31 05:59:59.123456+00');
INSERT INTO public.ticket_messages VALUES (4, 4, 'staff', -1000000000003, 'gAAAAABrCn7WSiwZsyT5q4tOUHWqmLAEpEj2j6uR5qlqVLfcAd4MxkQMvafvDroBDXpyuKUP4cfXNklwLxcsvnptUh7xAsBrMYYm5ZRd7pIa2iN1RSFxt7rns9LSVL3FZkmLBknDJ6lQ', '2026-04-01 05:59:59.123456+00');
INSERT INTO public.ticket_messages VALUES (5, 5, 'customer', -1000000000004, 'gAAAAABrCn7WtnJyMCqXNH_gAv-O5qOMSuhOJsltYpd6dAA2UOJcegTQu24p_3Ds28hSxrljrtmivDj3-BIYCBOFzrA3iGHVEmwvfueXembgDvkDKwNlkyhZITkBchjuXqDNiCKBCZEZ', '2026-04-02 05:59:59.123456+00');
INSERT INTO public.ticket_messages VALUES (6, 6, 'staff', NULL, 'gAAAAABrCn7WsVFoLpUHawDMSIShCQO_CoT8PEcuYBi1tqq5dnSKPBgH58_eUI6o4Hiqxrwok2c-C2cW8Jfd9Z-08MUgL2Sx88HsV1bmTKnl2ZV6ApvXK_y9unMKqofm_Z4r5c05G6t1', '2026-04-03 05:59:59.123456+00');
INSERT INTO public.ticket_messages VALUES (7, 7, 'customer', -1000000000006, 'gAAAAABrCn7WviKBhFkxxiEPfyiz08wE6SwIlIHSW3ZqW4c73dzMeFDS8TvyM_iWZRYYhNHjW_lzQGWKWXVQG17LpL8BsL9UkgwswkGcSJ0kRj944JETA_0VBupuEdCJUsUzV0Y_uepq', '2026-04-04 05:59:59.123456+00');
INSERT INTO public.ticket_posts VALUES (-1000000000000, -1000000000000, 1);
INSERT INTO public.ticket_posts VALUES (-1000000000001, -1000000000001, 2);
INSERT INTO public.ticket_posts VALUES (-1000000000002, -1000000000002, 3);
INSERT INTO public.ticket_posts VALUES (-1000000000003, -1000000000003, 4);
INSERT INTO public.ticket_posts VALUES (-1000000000004, -1000000000004, 5);
INSERT INTO public.ticket_posts VALUES (-1000000000005, -1000000000005, 6);
INSERT INTO public.ticket_posts VALUES (-1000000000006, -1000000000006, 7);
INSERT INTO public.tickets VALUES (1, 1, -1000000000000, -1000000000000, 'gAAAAABrCn7Wh_Xifs7bjppbyiTw733g5iBNELEhm-CCbYj-yg6JlTM4ypblt6sf9kMT-tGfXmBvN9utElGRevWLnKkZpl8h4e6uvIemrEaaiwnJKBZGz_qQ8R4Z56PlgxMsNIRkw6ae', 'closed', 'customer', '2026-03-29 07:59:59.123456+00', '2026-03-29 08:59:59.123456+00', '2026-03-29 09:59:59.123456+00', -1000000000000, -1000000000000, true);
INSERT INTO public.tickets VALUES (2, 2, -1000000000001, -1000000000001, 'gAAAAABrCn7W_4t27siZlecdrhXSMAsmlyuOpXdRbrQuK97C1_JdWsjXH9Re0dKdssF0lmBebXNNuacCOSn1JHo9XyzgeqynYLktsDDS-un25trlewVCBxa_9MwSzwP7Ttb3YhV9v_FT', 'closed', 'staff', '2026-03-30 07:59:59.123456+00', '2026-03-30 08:59:59.123456+00', '2026-03-30 09:59:59.123456+00', -1000000000001, -1000000000001, false);
INSERT INTO public.tickets VALUES (3, 3, NULL, NULL, 'gAAAAABrCn7WXMiDqPJwkRI1aMLpr2ZeM9BvRVhgYKOg9BD-iFr6OVbxzpcMBKqb0c8bQdxKbmkPYzGmPzrvf1x0BhqTfFdGJYNnqmH12SAnj19qv1J5lWJlAb1ITN7kF2feKSKTlS6T', 'open', 'customer', '2026-03-31 07:59:59.123456+00', '2026-03-31 08:59:59.123456+00', NULL, NULL, NULL, true);
INSERT INTO public.tickets VALUES (4, 4, -1000000000003, -1000000000003, 'gAAAAABrCn7Wa6S1CPIQ8_BAtIzQtfn6v8B0lELRenKnUgcmvqzBlLBknv7gmGENn-z6f8MHjnTw9yKpOL5G6rVjb-spVXuOUOOfUSsFBoL0NQc9xAAA8teVSJOSDoYjWP3JKY0YjMpw', 'closed', 'staff', '2026-04-01 07:59:59.123456+00', '2026-04-01 08:59:59.123456+00', '2026-04-01 09:59:59.123456+00', -1000000000003, -1000000000003, false);
INSERT INTO public.tickets VALUES (5, 5, -1000000000004, -1000000000004, 'gAAAAABrCn7W64SVXdloHHRraGF9TWBQNE5eXIS_xjecOwCRYndEsqqAI1EmaotNS7gSI8blzGwyrKu0eT-UdKe_o173k5SBeIQDz1vpeU9XRd7wfVRGzB7NroQrnBs3ZXL0F3bNhHBQ', 'closed', 'customer', '2026-04-02 07:59:59.123456+00', '2026-04-02 08:59:59.123456+00', '2026-04-02 09:59:59.123456+00', -1000000000004, -1000000000004, true);
INSERT INTO public.tickets VALUES (6, 6, NULL, NULL, 'gAAAAABrCn7Wz9naBE1swAgcfiAm6JZDP8u2ZGpG5IZjec9RAj_E4WY0TDehdlFQRgt6Rt-r36mZyeKdhP0nxfs7qEiyIsHm6hP0c-Zztn00Kcpv5zCDGvpDQeA1sLWMeeZx6vCo3sZU', 'open', 'staff', '2026-04-03 07:59:59.123456+00', '2026-04-03 08:59:59.123456+00', NULL, NULL, NULL, false);
INSERT INTO public.tickets VALUES (7, 7, -1000000000006, -1000000000006, 'gAAAAABrCn7WE4uiYhb2tBXlNQzOshz8WI9ahnitjapjHyM4_qEly7CLmreAUSzlJeJWSxng2gGuTor1tOnLIFT8Hg24VUcUn1JEqD_pVOzOxObubDsB8w4vBcnI2r_PRWwf-nUCkPjL', 'closed', 'customer', '2026-04-04 07:59:59.123456+00', '2026-04-04 08:59:59.123456+00', '2026-04-04 09:59:59.123456+00', -1000000000006, -1000000000006, true);
INSERT INTO public.withdrawals VALUES (1, 1, 1, 1000000000000, 1000000000000, 1000000000000, 1000000000000, '1.02700');
INSERT INTO public.withdrawals VALUES (2, 2, 2, 1000000000001, 1000000000001, 1000000000001, 1000000000001, '1.02710');
INSERT INTO public.withdrawals VALUES (3, 3, 3, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.withdrawals VALUES (4, 4, 4, 1000000000003, 1000000000003, 1000000000003, 1000000000003, '1.02730');
INSERT INTO public.withdrawals VALUES (5, 5, 5, 1000000000004, 1000000000004, 1000000000004, 1000000000004, '1.02740');
INSERT INTO public.withdrawals VALUES (6, 6, 6, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.withdrawals VALUES (7, 7, 7, 1000000000006, 1000000000006, 1000000000006, 1000000000006, '1.02760');
INSERT INTO public.withdrawn_windows VALUES (1, 1, '2026-03-29 02:59:59.123456+00', '2026-03-29 03:59:59.123456+00', 1);
INSERT INTO public.withdrawn_windows VALUES (2, 2, '2026-03-30 02:59:59.123456+00', '2026-03-30 03:59:59.123456+00', 2);
INSERT INTO public.withdrawn_windows VALUES (3, NULL, '2026-03-31 02:59:59.123456+00', '2026-03-31 03:59:59.123456+00', 3);
INSERT INTO public.withdrawn_windows VALUES (4, 4, '2026-04-01 02:59:59.123456+00', '2026-04-01 03:59:59.123456+00', 4);
INSERT INTO public.withdrawn_windows VALUES (5, 5, '2026-04-02 02:59:59.123456+00', '2026-04-02 03:59:59.123456+00', 5);
INSERT INTO public.withdrawn_windows VALUES (6, NULL, '2026-04-03 02:59:59.123456+00', '2026-04-03 03:59:59.123456+00', 6);
INSERT INTO public.withdrawn_windows VALUES (7, 7, '2026-04-04 02:59:59.123456+00', '2026-04-04 03:59:59.123456+00', 7);
SELECT pg_catalog.setval('public.acquisitions_id_seq', 7, true);
SELECT pg_catalog.setval('public.announcements_id_seq', 7, true);
SELECT pg_catalog.setval('public.chat_links_id_seq', 7, true);
SELECT pg_catalog.setval('public.contact_changes_id_seq', 7, true);
SELECT pg_catalog.setval('public.customers_id_seq', 7, true);
SELECT pg_catalog.setval('public.documents_id_seq', 7, true);
SELECT pg_catalog.setval('public.entry_windows_id_seq', 7, true);
SELECT pg_catalog.setval('public.invitations_id_seq', 7, true);
SELECT pg_catalog.setval('public.invoices_id_seq', 7, true);
SELECT pg_catalog.setval('public.link_attempts_id_seq', 7, true);
SELECT pg_catalog.setval('public.one_time_codes_id_seq', 7, true);
SELECT pg_catalog.setval('public.outbox_id_seq', 7, true);
SELECT pg_catalog.setval('public.readings_id_seq', 7, true);
SELECT pg_catalog.setval('public.reminder_rounds_id_seq', 7, true);
SELECT pg_catalog.setval('public.supply_points_id_seq', 7, true);
SELECT pg_catalog.setval('public.ticket_files_id_seq', 7, true);
SELECT pg_catalog.setval('public.ticket_messages_id_seq', 7, true);
SELECT pg_catalog.setval('public.tickets_id_seq', 7, true);
SELECT pg_catalog.setval('public.withdrawn_windows_id_seq', 7, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.acquisitions
    ADD CONSTRAINT pk_acquisitions PRIMARY KEY (id);
ALTER TABLE ONLY public.announcements
    ADD CONSTRAINT pk_announcements PRIMARY KEY (id);
ALTER TABLE ONLY public.chat_links
    ADD CONSTRAINT pk_chat_links PRIMARY KEY (id);
ALTER TABLE ONLY public.chat_preferences
    ADD CONSTRAINT pk_chat_preferences PRIMARY KEY (chat_id);
ALTER TABLE ONLY public.chats
    ADD CONSTRAINT pk_chats PRIMARY KEY (id);
ALTER TABLE ONLY public.contact_changes
    ADD CONSTRAINT pk_contact_changes PRIMARY KEY (id);
ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT pk_conversations PRIMARY KEY (chat_id);
ALTER TABLE ONLY public.customers
    ADD CONSTRAINT pk_customers PRIMARY KEY (id);
ALTER TABLE ONLY public.documents
    ADD CONSTRAINT pk_documents PRIMARY KEY (id);
ALTER TABLE ONLY public.entry_windows
    ADD CONSTRAINT pk_entry_windows PRIMARY KEY (id);
ALTER TABLE ONLY public.import_runs
    ADD CONSTRAINT pk_import_runs PRIMARY KEY (digest);
ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT pk_inbox PRIMARY KEY (update_id);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT pk_invitations PRIMARY KEY (id);
ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT pk_invoices PRIMARY KEY (id);
ALTER TABLE ONLY public.link_attempts
    ADD CONSTRAINT pk_link_attempts PRIMARY KEY (id);
ALTER TABLE ONLY public.measured_days
    ADD CONSTRAINT pk_measured_days PRIMARY KEY (supply_point_id, day);
ALTER TABLE ONLY public.one_time_codes
    ADD CONSTRAINT pk_one_time_codes PRIMARY KEY (id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT pk_outbox PRIMARY KEY (id);
ALTER TABLE ONLY public.readings
    ADD CONSTRAINT pk_readings PRIMARY KEY (id);
ALTER TABLE ONLY public.reminder_rounds
    ADD CONSTRAINT pk_reminder_rounds PRIMARY KEY (id);
ALTER TABLE ONLY public.staff_groups
    ADD CONSTRAINT pk_staff_groups PRIMARY KEY (former_id);
ALTER TABLE ONLY public.supply_points
    ADD CONSTRAINT pk_supply_points PRIMARY KEY (id);
ALTER TABLE ONLY public.telegram_files
    ADD CONSTRAINT pk_telegram_files PRIMARY KEY (content_key);
ALTER TABLE ONLY public.ticket_files
    ADD CONSTRAINT pk_ticket_files PRIMARY KEY (id);
ALTER TABLE ONLY public.ticket_messages
    ADD CONSTRAINT pk_ticket_messages PRIMARY KEY (id);
ALTER TABLE ONLY public.ticket_posts
    ADD CONSTRAINT pk_ticket_posts PRIMARY KEY (group_id, message_id);
ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT pk_tickets PRIMARY KEY (id);
ALTER TABLE ONLY public.withdrawals
    ADD CONSTRAINT pk_withdrawals PRIMARY KEY (supply_point_id, year, month);
ALTER TABLE ONLY public.withdrawn_windows
    ADD CONSTRAINT pk_withdrawn_windows PRIMARY KEY (id);
ALTER TABLE ONLY public.announcements
    ADD CONSTRAINT uq_announcements_digest UNIQUE (digest);
ALTER TABLE ONLY public.customers
    ADD CONSTRAINT uq_customers_code UNIQUE (code);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT uq_invitations_token_hash UNIQUE (token_hash);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT uq_outbox_key UNIQUE (key);
ALTER TABLE ONLY public.supply_points
    ADD CONSTRAINT uq_supply_points_code UNIQUE (code);
CREATE INDEX ix_announcements_kept ON public.announcements USING btree (file_name) WHERE (file_name IS NOT NULL);
CREATE INDEX ix_chat_links_chat_id ON public.chat_links USING btree (chat_id);
CREATE INDEX ix_chat_links_customer_id ON public.chat_links USING btree (customer_id);
CREATE INDEX ix_chat_preferences_quiet ON public.chat_preferences USING btree (quiet_from, quiet_until) WHERE (quiet_from IS NOT NULL);
CREATE INDEX ix_contact_changes_acquisition_id ON public.contact_changes USING btree (acquisition_id);
CREATE INDEX ix_contact_changes_chat_id ON public.contact_changes USING btree (chat_id);
CREATE INDEX ix_contact_changes_customer_id ON public.contact_changes USING btree (customer_id);
CREATE INDEX ix_contact_changes_unclaimed ON public.contact_changes USING btree (id) WHERE (acquisition_id IS NULL);
CREATE INDEX ix_conversations_expires_at ON public.conversations USING btree (expires_at);
CREATE INDEX ix_documents_file_name ON public.documents USING btree (file_name);
CREATE INDEX ix_entry_windows_ends_at_starts_at_supply_point_id ON public.entry_windows USING btree (ends_at, starts_at, supply_point_id);
CREATE INDEX ix_entry_windows_supply_point_id ON public.entry_windows USING btree (supply_point_id);
CREATE INDEX ix_entry_windows_unplanned ON public.entry_windows USING btree (id) WHERE (planned_at IS NULL);
CREATE INDEX ix_inbox_handled_at ON public.inbox USING btree (handled_at);
CREATE INDEX ix_inbox_unfinished ON public.inbox USING btree (update_id) WHERE (answered_at IS NULL);
CREATE INDEX ix_invitations_customer_id ON public.invitations USING btree (customer_id);
CREATE INDEX ix_invitations_guest_chat_id ON public.invitations USING btree (guest_chat_id);
CREATE INDEX ix_invitations_inviter_chat_id ON public.invitations USING btree (inviter_chat_id);
CREATE INDEX ix_invitations_link_id ON public.invitations USING btree (link_id);
CREATE INDEX ix_invoices_customer_id_day ON public.invoices USING btree (customer_id, day);
CREATE INDEX ix_invoices_kept ON public.invoices USING btree (file_name) WHERE (file_name IS NOT NULL);
CREATE INDEX ix_invoices_listed_at ON public.invoices USING btree (listed_at);
CREATE INDEX ix_invoices_untold ON public.invoices USING btree (id) WHERE (told_at IS NULL);
CREATE INDEX ix_link_attempts_chat_id_at ON public.link_attempts USING btree (chat_id, at);
CREATE INDEX ix_link_attempts_code_hash_at ON public.link_attempts USING btree (code_hash, at);
CREATE INDEX ix_one_time_codes_chat_id_sent_at ON public.one_time_codes USING btree (chat_id, sent_at);
CREATE INDEX ix_outbox_chat_id ON public.outbox USING btree (chat_id);
CREATE INDEX ix_outbox_due ON public.outbox USING btree (bulk, not_before, id) WHERE ((state)::text = 'queued'::text);
CREATE INDEX ix_outbox_expiring ON public.outbox USING btree (not_after) WHERE ((state)::text = ANY ((ARRAY['queued'::character varying, 'held'::character varying])::text[]));
CREATE INDEX ix_outbox_kind_about_id_state ON public.outbox USING btree (kind, about_id, state);
CREATE INDEX ix_outbox_sending ON public.outbox USING btree (id) WHERE ((state)::text = 'sending'::text);
CREATE INDEX ix_outbox_settled ON public.outbox USING btree (created_at) WHERE ((state)::text = ANY ((ARRAY['sent'::character varying, 'failed'::character varying, 'outdated'::character varying])::text[]));
CREATE INDEX ix_readings_acquisition_id ON public.readings USING btree (acquisition_id);
CREATE INDEX ix_readings_of_chat ON public.readings USING btree (chat_id, receipt_message_id) WHERE (chat_id IS NOT NULL);
CREATE INDEX ix_readings_pending ON public.readings USING btree (id) WHERE ((state)::text = 'pending'::text);
CREATE INDEX ix_readings_supply_point_id_day ON public.readings USING btree (supply_point_id, day);
CREATE INDEX ix_reminder_rounds_due ON public.reminder_rounds USING btree (due_at) WHERE (done_at IS NULL);
CREATE INDEX ix_staff_groups_current_id ON public.staff_groups USING btree (current_id);
CREATE INDEX ix_supply_points_customer_id ON public.supply_points USING btree (customer_id);
CREATE INDEX ix_ticket_files_kept ON public.ticket_files USING btree (room_name) WHERE (room_name IS NOT NULL);
CREATE INDEX ix_ticket_files_message_id ON public.ticket_files USING btree (message_id);
CREATE INDEX ix_ticket_files_to_fetch ON public.ticket_files USING btree (id) WHERE ((room_name IS NULL) AND (NOT lost));
CREATE INDEX ix_ticket_messages_chat_id_at ON public.ticket_messages USING btree (chat_id, at);
CREATE INDEX ix_ticket_messages_ticket_id ON public.ticket_messages USING btree (ticket_id);
CREATE INDEX ix_ticket_posts_ticket_id ON public.ticket_posts USING btree (ticket_id);
CREATE INDEX ix_tickets_chat_id_receipt_message_id ON public.tickets USING btree (chat_id, receipt_message_id);
CREATE INDEX ix_tickets_customer_id ON public.tickets USING btree (customer_id);
CREATE INDEX ix_tickets_thread_chat_id_thread_id ON public.tickets USING btree (thread_chat_id, thread_id);
CREATE INDEX ix_tickets_waiting ON public.tickets USING btree (id) WHERE (((state)::text = 'open'::text) AND ((last_author)::text = 'customer'::text));
CREATE UNIQUE INDEX uq_chat_links_live ON public.chat_links USING btree (chat_id, customer_id) WHERE (revoked_at IS NULL);
CREATE UNIQUE INDEX uq_documents_forms ON public.documents USING btree (title, day) WHERE (customer_id IS NULL);
CREATE UNIQUE INDEX uq_documents_of_customer ON public.documents USING btree (customer_id, title, day) WHERE (customer_id IS NOT NULL);
CREATE UNIQUE INDEX uq_invoices_customer_number ON public.invoices USING btree (customer_id, number);
CREATE UNIQUE INDEX uq_readings_one_live_self_reading_a_day ON public.readings USING btree (supply_point_id, day) WHERE (((source)::text = 'autolettura'::text) AND ((state)::text <> 'cancelled'::text) AND ((outcome)::text <> 'refused'::text));
CREATE UNIQUE INDEX uq_readings_supplier_key ON public.readings USING btree (supply_point_id, day, source) WHERE ((source)::text <> 'autolettura'::text);
CREATE UNIQUE INDEX uq_reminder_rounds_window ON public.reminder_rounds USING btree (ends_at, starts_at, own, kind, days);
ALTER TABLE ONLY public.chat_links
    ADD CONSTRAINT fk_chat_links_chat_id_chats FOREIGN KEY (chat_id) REFERENCES public.chats(id);
ALTER TABLE ONLY public.chat_links
    ADD CONSTRAINT fk_chat_links_customer_id_customers FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.chat_preferences
    ADD CONSTRAINT fk_chat_preferences_chat_id_chats FOREIGN KEY (chat_id) REFERENCES public.chats(id);
ALTER TABLE ONLY public.chats
    ADD CONSTRAINT fk_chats_supply_point_id_supply_points FOREIGN KEY (supply_point_id) REFERENCES public.supply_points(id);
ALTER TABLE ONLY public.contact_changes
    ADD CONSTRAINT fk_contact_changes_acquisition_id_acquisitions FOREIGN KEY (acquisition_id) REFERENCES public.acquisitions(id);
ALTER TABLE ONLY public.contact_changes
    ADD CONSTRAINT fk_contact_changes_customer_id_customers FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.documents
    ADD CONSTRAINT fk_documents_customer_id_customers FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.entry_windows
    ADD CONSTRAINT fk_entry_windows_supply_point_id_supply_points FOREIGN KEY (supply_point_id) REFERENCES public.supply_points(id);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT fk_invitations_customer_id_customers FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT fk_invitations_link_id_chat_links FOREIGN KEY (link_id) REFERENCES public.chat_links(id);
ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT fk_invoices_customer_id_customers FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.measured_days
    ADD CONSTRAINT fk_measured_days_supply_point_id_supply_points FOREIGN KEY (supply_point_id) REFERENCES public.supply_points(id);
ALTER TABLE ONLY public.one_time_codes
    ADD CONSTRAINT fk_one_time_codes_customer_id_customers FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT fk_outbox_reading_id_readings FOREIGN KEY (reading_id) REFERENCES public.readings(id);
ALTER TABLE ONLY public.readings
    ADD CONSTRAINT fk_readings_acquisition_id_acquisitions FOREIGN KEY (acquisition_id) REFERENCES public.acquisitions(id);
ALTER TABLE ONLY public.readings
    ADD CONSTRAINT fk_readings_customer_id_customers FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.readings
    ADD CONSTRAINT fk_readings_supply_point_id_supply_points FOREIGN KEY (supply_point_id) REFERENCES public.supply_points(id);
ALTER TABLE ONLY public.supply_points
    ADD CONSTRAINT fk_supply_points_customer_id_customers FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.ticket_files
    ADD CONSTRAINT fk_ticket_files_message_id_ticket_messages FOREIGN KEY (message_id) REFERENCES public.ticket_messages(id);
ALTER TABLE ONLY public.ticket_messages
    ADD CONSTRAINT fk_ticket_messages_ticket_id_tickets FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);
ALTER TABLE ONLY public.ticket_posts
    ADD CONSTRAINT fk_ticket_posts_ticket_id_tickets FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);
ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT fk_tickets_customer_id_customers FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.withdrawals
    ADD CONSTRAINT fk_withdrawals_supply_point_id_supply_points FOREIGN KEY (supply_point_id) REFERENCES public.supply_points(id);
ALTER TABLE ONLY public.withdrawn_windows
    ADD CONSTRAINT fk_withdrawn_windows_supply_point_id_supply_points FOREIGN KEY (supply_point_id) REFERENCES public.supply_points(id);
