-- Finding patients by one or two letters, as while a name is being typed or in a script of few characters: trigrams
-- need three. In parts of words, like any search.
create index patients_grams on patients using gin (extensions.grams(search_text)) with (fastupdate = off)
    where merged_into is null and not is_practice;

-- A list of entries that wait to be sorted in makes every search read it to its end.
alter index patients_search set (fastupdate = off);
