"""The ear: a pretrained speech encoder and the phone reader on its frames."""
