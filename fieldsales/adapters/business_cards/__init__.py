"""Business cards as files, as codes and as pictures, read by libraries that are kept."""
