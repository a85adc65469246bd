"""What an archive of thousands, of a hundred thousand and of a million passages costs."""
