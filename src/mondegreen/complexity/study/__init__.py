"""How accuracy follows complexity: ladders of simpler data sets, studies, the report."""
