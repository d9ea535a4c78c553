"""What raters read before they vote: a guideline, and pairs to practise on."""
