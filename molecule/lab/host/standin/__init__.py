"""What the stand-ins share. Their printers are held to genuine text by tests/unit/lab."""
