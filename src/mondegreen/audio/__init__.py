"""Audio in and out: reading, resampling, cutting by voice activity, making it worse."""
