"""What people read: logos, figures, tables and the self-contained page."""
