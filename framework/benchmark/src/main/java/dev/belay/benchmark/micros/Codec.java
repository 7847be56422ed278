package dev.belay.benchmark.micros;

import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Upcasters;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A value to what is stored of it, and back. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Codec {
    private static final int LIMIT = 1 << 20;

    /** Nothing to speak of. */
    public record Nothing() {}

    /** What a step may well return. */
    public record Booking(String id, String traveller, Instant from, Instant until, List<Leg> legs) {}

    /** A part of it. */
    public record Leg(String from, String to, int seats, BigDecimal price) {}

    /** Which of the two. */
    @Param({"nothing", "booking"})
    @SuppressWarnings("NullAway.Init") // JMH sets it
    public String value;

    private final Payloads payloads = new Payloads(LIMIT, new Upcasters(List.of()));
    private Object object = new Nothing();

    @SuppressWarnings("NullAway.Init") // encoded before each trial
    private Payload stored;

    @Setup
    public void encodeOnce() {
        object = value.equals("nothing") ? new Nothing() : booking();
        stored = Objects.requireNonNull(encode());
    }

    @Benchmark
    public @Nullable Payload encode() {
        return payloads.encode(object, object.getClass(), "The value");
    }

    @Benchmark
    public @Nullable Object decode() {
        return payloads.decode(stored, object.getClass(), "The value");
    }

    private static Booking booking() {
        Instant from = Instant.parse("2027-03-01T08:30:00Z");
        return new Booking(
                "b-20417",
                "Zoë Ångström",
                from,
                from.plusSeconds(500_000),
                List.of(
                        new Leg("Gothenburg", "Lisbon", 2, new BigDecimal("249.90")),
                        new Leg("Lisbon", "Gothenburg", 2, new BigDecimal("310.00"))));
    }
}
