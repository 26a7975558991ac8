-- Which rows name a file: asked before one is removed.
create index patients_by_photo on patients (photo_path) where photo_path is not null;
-- Undoing a merge gives the survivor its own picture back.
create index merges_by_photo_before on merges ((before ->> 'photo_path')) where before ->> 'photo_path' is not null;
