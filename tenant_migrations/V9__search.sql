-- Finding patients by one or two letters, as while a name is being typed or in a script of few characters: trigrams
-- need three. In parts of words, like any search. Its condition is the one of every list, so that counting has nothing
-- left to look at.
create index patients_grams on patients using gin (extensions.grams(search_text)) with (gin_pending_list_limit = 256)
    where merged_into is null and not is_practice;

-- What was written last waits to be sorted in, and every search reads it to its end: a hundred patients are few enough.
alter index patients_search set (gin_pending_list_limit = 256);
