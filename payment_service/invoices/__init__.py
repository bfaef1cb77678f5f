"""Owns invoices and credit notes: numbered without gaps, never changed; whom they are made out to;
and their PDFs, made by a child process of a job, which alone imports fpdf.
"""
