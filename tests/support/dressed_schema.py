"""A schema that an application dressed with every kind of object that can be carried over, by version of PostgreSQL."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg

TABLESPACE = "dressed_space"
ROLES = ("dressed_owner", "dressed_reader", "dressed_other")
DRESS: dict[int, str] = {
    13: """
        create schema elsewhere;
        alter table provider alter email set statistics 250;
        alter table provider alter email set (n_distinct = -0.5);
        alter table provider alter email set storage external;
        alter table location alter name set default 'Main Street';
        alter table client alter state drop default;
        alter table client alter is_synthetic drop default;
        alter table appointment alter id drop identity;
        alter table client alter city drop not null;
        comment on column client.city is 'where they live';
        alter table provider set (fillfactor = 61, autovacuum_enabled = false, toast.autovacuum_vacuum_cost_limit =
            77);
        alter table scenario set unlogged;
        comment on table location is 'houses';
        alter table location owner to dressed_owner;
        alter table location enable row level security;
        alter table location force row level security;
        alter table provider replica identity full;
        alter table scenario replica identity nothing;
        alter table note replica identity using index note_pkey;
        alter table note cluster on note_client_id_idx;
        alter table tenant set tablespace dressed_space;
        alter index note_provider_id_idx set tablespace dressed_space;
        alter index scenario_pkey set tablespace dressed_space;
        alter table client drop constraint client_status_check;
        alter table client drop constraint client_state_check;
        alter table client add constraint client_state_check check (length(state) = 2) no inherit;
        alter table client add constraint later check (id > 7) not valid;
        comment on constraint later on client is 'soon';
        alter index client_pkey set (fillfactor = 88);
        comment on index client_pkey is 'the index of the key';
        comment on constraint client_pkey on client is 'the key itself';
        alter table provider add constraint whole unique (email, id) include (phone) with (fillfactor = 71)
            deferrable;
        alter table note add constraint apart exclude using btree (id with =, lower(note_type) with =) where (id >
            5);
        alter index apart alter column 2 set statistics 91;
        comment on index apart is 'one at a time';
        drop index appointment_location_id_idx;
        create index on appointment (location_id) where location_id is not null;
        create index letters on client (lower(last_name) text_pattern_ops, id desc nulls last) include (mrn) with
            (fillfactor = 55) where status = 'active';
        alter index letters alter column 1 set statistics 432;
        comment on index letters is 'a phone book';
        create index words on note using gin (to_tsvector('simple', coalesce(plan, ''))) with (fastupdate = off);
        create index days on appointment using brin (created_at) with (pages_per_range = 9);
        create index hashed on client using hash (email);
        create unique index sole on client (id, tenant_id);
        alter index letters depends on extension plpgsql;
        alter table note drop constraint note_client_id_fkey;
        alter table note add constraint note_client_id_fkey foreign key (tenant_id, client_id) references client
            match full on delete cascade on update restrict deferrable initially deferred;
        comment on constraint note_client_id_fkey on note is 'notes go with the client';
        alter table appointment drop constraint appointment_location_id_fkey;
        alter table client add constraint doubted foreign key (tenant_id, primary_provider_id) references provider
            not valid;
        create table elsewhere.region (state text primary key);
        alter table location add constraint known foreign key (state) references elsewhere.region not valid;
        create table elsewhere.task (id int generated always as identity primary key, t text, c bigint, kind
            regclass default 'client'::regclass, number bigint default nextval('ledger_entry_id_seq'));
        comment on column elsewhere.task.number is 'of the ledger';
        create foreign data wrapper nowhere;
        create server far foreign data wrapper nowhere;
        create foreign table elsewhere.afar (id bigint, number bigint default nextval('ledger_entry_id_seq')) server
            far;
        alter table elsewhere.task add constraint for_client foreign key (t, c) references client on update cascade
            deferrable;
        comment on constraint for_client on elsewhere.task is 'whose';
        alter table elsewhere.task add constraint perhaps foreign key (t, c) references client not valid;
        alter table ledger_entry alter id set increment 3 set cache 4 set maxvalue 9007199254740991;
        grant usage on sequence ledger_entry_id_seq to dressed_reader;
        grant select on ledger_entry_id_seq to public;
        comment on sequence ledger_entry_id_seq is 'in steps of three';
        alter sequence provider_id_seq rename to doctors;
        revoke all on sequence note_id_seq from current_user;
        create sequence own owned by client.id;
        comment on sequence own is 'hers';
        grant all on own to dressed_other;
        alter table client alter id drop identity;
        alter table client alter id set default nextval('own');
        create view seen with (security_barrier) as select * from client where id > 0 with local check option;
        create view upon as select id, last_name from seen; create view elsewhere.counted as select c.*, (select
            count(*) from note n where n.client_id = c.id) n from client c group by c.tenant_id, c.id;
        create recursive view steps(n) as select 1 union all select n + 1 from steps where n < (select count(*) from
            tenant);
        create view next_number as select last_value from ledger_entry_id_seq; create view elsewhere.odd("a b", c)
            as select last_name, first_name from client;
        comment on view seen is 'v';
        comment on column seen.city is 'vc';
        alter view seen owner to dressed_owner;
        alter view seen alter city set default 'X';
        grant select (id), insert on seen to dressed_reader;
        create function elsewhere.noted() returns trigger language plpgsql as 'begin return coalesce(new, old);
            end';
        create trigger at_first before update of last_name, city on client for each row when (old.city is distinct
            from new.city) execute function elsewhere.noted('a', 'it''s');
        create constraint trigger at_last after insert or delete on note from client deferrable initially deferred
            for each row execute function elsewhere.noted();
        comment on trigger at_last on note is 'the last';
        create trigger together after update on note referencing old table as was new table as is_now for each
            statement execute function elsewhere.noted();
        create trigger off after insert on note for each row execute function elsewhere.noted();
        alter table note disable trigger off;
        create trigger copied after insert on note for each row execute function elsewhere.noted();
        alter table note enable replica trigger copied;
        create trigger ever after truncate on note execute function elsewhere.noted();
        alter table note enable always trigger ever;
        alter trigger ever on note depends on extension plpgsql;
        create trigger instead instead of insert on upon for each row execute function elsewhere.noted();
        create policy strict on location as restrictive for update to dressed_reader, dressed_other using (id > 0)
            with check (exists (select from client where id > 1));
        comment on policy strict on location is 'p';
        create policy mild on location using (true);
        alter table elsewhere.task enable row level security;
        create policy of_client on elsewhere.task for delete using (exists (select from client x where x.id = c));
        comment on policy of_client on elsewhere.task is 'q';
        grant select on client to dressed_reader with grant option;
        grant update (city, last_name) on client to dressed_other;
        grant insert (city) on client to public;
        revoke insert, trigger on provider from current_user;
        grant all on provider to dressed_other;
        alter default privileges in schema public grant select on tables to dressed_other;
        alter default privileges grant insert on tables to dressed_other;
        alter default privileges grant usage on sequences to dressed_other;
        create statistics both_names (ndistinct, mcv) on last_name, first_name from client;
        alter statistics both_names set statistics 123;
        alter statistics both_names owner to dressed_owner;
        comment on statistics both_names is 's';
        create statistics all_kinds on city, state from client;
        create publication told for table only client, note with (publish = 'insert, delete');
    """,
    14: """
        alter table provider alter phone set compression pglz;
        create function elsewhere.clients(of text) returns setof bigint language sql stable security definer cost 7
            rows 3 set search_path to public begin atomic select id from client where tenant_id = of; end;
        comment on function elsewhere.clients is 'f';
        revoke all on function elsewhere.clients from public;
        grant execute on function elsewhere.clients to dressed_reader;
        alter function elsewhere.clients owner to dressed_owner;
        alter function elsewhere.clients depends on extension plpgsql;
        create procedure rename(who bigint, inout as_what text default 'x') language sql begin atomic update client
            set preferred_name = as_what where id = who returning preferred_name; end;
        create statistics elsewhere.upper on (upper(last_name)) from client;
    """,
    15: """
        alter table provider add constraint once unique nulls not distinct (npi, id, email) initially deferred;
        alter table client add constraint cut foreign key (tenant_id, primary_provider_id) references provider on
            delete set null (primary_provider_id);
        alter sequence ledger_entry_id_seq set unlogged;
        create view asked with (security_invoker) as select id from client;
        create publication part for table client (tenant_id, id, status), provider where (is_synthetic);
        create publication here for tables in schema public;
    """,
    17: """
        grant maintain on tenant to dressed_reader;
    """,
    18: """
        alter table client add constraint named_city not null city not valid;
        comment on constraint client_mrn_not_null on client is 'always there';
        alter table client add constraint lax check (id < 0) not enforced;
        alter table client add constraint unasked foreign key (tenant_id, primary_provider_id) references provider
            not enforced;
        alter table elsewhere.task add constraint never foreign key (t, c) references client not enforced;
    """,
}
"""Statements by the first version of PostgreSQL that has them."""


def dress(connection: psycopg.Connection[Any]) -> None:
    """Dress the schema `public` with all that the server's version has."""
    version = connection.info.server_version // 10_000
    for since, statements in DRESS.items():
        if version >= since:
            connection.execute(statements.encode())


def dump(programs: Path, url: str) -> list[str]:
    """The lines of pg_dump's schema, without those that differ in each run."""
    done = subprocess.run([programs / "pg_dump", "-s", url], check=True, capture_output=True, text=True)
    return [line for line in done.stdout.splitlines() if not re.match(r"\\(un)?restrict |-- Dump", line)]
