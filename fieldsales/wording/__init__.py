"""Sentences that screens, web pages, files and commands say alike, in the reader's language."""
