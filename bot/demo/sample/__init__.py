"""The sample supplier: an invented company with invented customers, as files to import.

    sample = write_sample(folder, now, bot_username="…")   # CSV files, measures, PDFs
    sample.people[0].role.customers[0].code                # who they are: see ``cast``
    sample.people[0].invoice                               # the newest invoice, a PDF

``cast`` has the people and supply points, ``histories`` the consumption of each point on each day,
``invoice`` draws invoices, ``writing`` writes all files, ``tax_codes`` makes codes that belong to
nobody.
"""

from bot.demo.sample.cast import (
    CLERK,
    CUSTOMERS,
    ROLES,
    SUPPLIER,
    Customer,
    Point,
    Role,
    Supplier,
)
from bot.demo.sample.invoice import InvoiceData, write_invoice
from bot.demo.sample.writing import Sample, SamplePerson, write_sample

__all__ = [
    "CLERK",
    "CUSTOMERS",
    "ROLES",
    "SUPPLIER",
    "Customer",
    "InvoiceData",
    "Point",
    "Role",
    "Sample",
    "SamplePerson",
    "Supplier",
    "write_invoice",
    "write_sample",
]
