"""The planned day on the screen."""
