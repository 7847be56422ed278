package dev.belay.internal.journal;

import dev.belay.JournalEntry.Kind;
import dev.belay.inspect.Count;
import dev.belay.inspect.JournalFilter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** A saga's journal, page by page, in the order in which it was recorded; an end comes behind what was recorded with it. */
public final class JournalPages {
    private static final String PLACE = "j.recorded_at, j.kind = 'E', j.branch, j.seq, j.run, j.direction, j.kind, j.n";
    private static final String BACKWARDS =
            "j.recorded_at desc, (j.kind = 'E') desc, j.branch desc, j.seq desc, j.run desc,"
                    + " j.direction desc, j.kind desc, j.n desc";
    private static final String WITHOUT_PAYLOADS = """
            j.saga_id, j.branch, j.seq, j.run, j.direction, j.kind, j.n, j.item, j.outcome, j.step, j.worker, j.fence,
            j.recorded_at, j.took_us, j.name, j.key, j.request_hash, j.target,
            null::text as input_type, null::jsonb as input, null::bytea as input_bytes,
            null::text as output_type, null::jsonb as output, null::bytea as output_bytes,
            case when j.error is null then null
                 else jsonb_build_object('fingerprint', j.error ->> 'fingerprint', 'step', j.error ->> 'step',
                                         'type', j.error ->> 'type', 'message', left(j.error ->> 'message', 500), 'stack', '')
            end as error, j.spend, j.called""";

    private final Schema schema;

    /** The journal in {@code schema}. */
    public JournalPages(Schema schema) {
        this.schema = schema;
    }

    /** Where a row stands in the order. */
    public record Place(Instant at, boolean end, int branch, int seq, int run, boolean undoing, String kind, int n) {

        /** That of {@code row}, which was read back. */
        public static Place of(JournalRow row) {
            Instant at = row.recordedAt();
            return new Place(
                    at == null ? Instant.EPOCH : at,
                    row.kind() == Kind.END,
                    row.place().branch(),
                    row.place().seq(),
                    row.place().run(),
                    row.place().undoing(),
                    Codes.of(row.kind()),
                    row.n());
        }
    }

    /** Up to {@code size} of the rows that {@code filter} means, from behind {@code after} on. */
    public List<JournalRow> page(Handle handle, UUID saga, JournalFilter filter, @Nullable Place after, int size) {
        String failed = filter.failedOnly() ? " and (j.outcome in ('F', 'G', 'N', 'L', 'U') or j.kind = 'Z')" : "";
        String kinds = filter.kinds().isEmpty() ? "" : " and j.kind = any(:kinds::\"char\"[])";
        String step = filter.step().isPresent() ? " and j.step = :step" : "";
        String behind = after == null
                ? ""
                : " and (" + PLACE + ")" + (filter.newestFirst() ? " < " : " > ")
                        + "(:at, :end, :branch, :seq, :run, :direction::\"char\", :kind::\"char\", :n)";
        Query query = handle.createQuery(schema.sql("select " + (filter.payloads() ? "j.*" : WITHOUT_PAYLOADS)
                        + " from belay.journal j where j.saga_id = :saga" + failed + kinds + step + behind
                        + " order by "
                        + (filter.newestFirst() ? BACKWARDS : PLACE) + " limit :size"))
                .bind("saga", saga)
                .bind("size", size);
        if (!filter.kinds().isEmpty()) {
            query.bindArray(
                    "kinds",
                    String.class,
                    filter.kinds().stream().map(Codes::of).toList());
        }
        filter.step().ifPresent(name -> query.bind("step", name));
        if (after != null) {
            query.bind("at", after.at().atOffset(ZoneOffset.UTC))
                    .bind("end", after.end())
                    .bind("branch", after.branch())
                    .bind("seq", after.seq())
                    .bind("run", after.run())
                    .bind("direction", after.undoing() ? "-" : "+")
                    .bind("kind", after.kind())
                    .bind("n", after.n());
        }
        return query.map((rs, context) -> JournalTable.map(rs)).list();
    }

    /** The rows of one place in a saga's course, both ways, the oldest first. */
    public List<JournalRow> at(Handle handle, UUID saga, int branch, int seq, int most) {
        return handle.createQuery(schema.sql("select j.* from belay.journal j"
                        + " where j.saga_id = :saga and j.branch = :branch and j.seq = :seq order by " + PLACE
                        + " limit :most"))
                .bind("saga", saga)
                .bind("branch", branch)
                .bind("seq", seq)
                .bind("most", most)
                .map((rs, context) -> JournalTable.map(rs))
                .list();
    }

    /** How many rows a saga has, counted up to {@code most}. */
    public Count count(Handle handle, UUID saga, int most) {
        long n = handle.createQuery(
                        schema.sql(
                                "select count(*) from (select from belay.journal where saga_id = :saga limit :most + 1) as counted"))
                .bind("saga", saga)
                .bind("most", most)
                .mapTo(Long.class)
                .one();
        return new Count(Math.min(n, most), n > most);
    }
}
