"""The report as a PDF: tagged (PDF/UA-1), archivable (PDF/A-3a), sealed, its evidence inside."""
