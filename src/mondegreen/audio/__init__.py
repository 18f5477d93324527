"""Audio in and out: reading, resampling, cutting by voice activity, and making it worse on purpose."""
