-- An account that is removed takes nothing out of the log of failed sign-ins: it says no longer whose they were.
alter table public.failed_sign_ins drop constraint failed_sign_ins_user_fkey;
alter table public.failed_sign_ins
    add constraint failed_sign_ins_user_fkey foreign key (user_id) references public.users (id) on delete set null not valid;
alter table public.failed_sign_ins validate constraint failed_sign_ins_user_fkey;
