"""The grammar engine: a grammar compiled to phones and searched over phone posteriors."""
