"""What raters are told before they vote: a guideline, and pairs to practise on."""
