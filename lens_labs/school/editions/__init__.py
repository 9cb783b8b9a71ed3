"""From one source to two notebooks, and the rules that every lab keeps."""
