"""Two traces compared: aligned, told in words, drawn as a page. One module for each; it writes and reads no trace."""
