"""Names and range of the grades in judgements of relevance, for all readers of judgements."""

# trec_eval, which computes most measures, counts the documents of every grade from 0 up to the
# largest. At this grade that takes a megabyte and at most a second for each topic; at 2³¹ it takes
# 17 GB, and beyond 10¹⁰ the memory is refused and every topic scores 0 without a word.
LARGEST_GRADE = 100_000
# What a header calls the column of grades. Any other word in that column is a grade that cannot be
# read, and no header, so that a line without a number is never passed over.
GRADE_COLUMNS = ("score", "relevance", "label", "grade", "rel", "judgment", "judgement")
