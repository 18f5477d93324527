"""The recipe of the phone reader: texts, synthetic speech, noisy frames, network, fit, export."""
