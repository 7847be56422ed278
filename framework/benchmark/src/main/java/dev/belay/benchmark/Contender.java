package dev.belay.benchmark;

import javax.sql.DataSource;

/**
 * A system under measurement, opened once and idle between the rounds. It uses a database of its own on the server that all of them share.
 * Whoever brings a system here sets it up as its own makers advise for speed, and says so in {@link #configuration()}.
 */
public interface Contender extends AutoCloseable {

    /** The name in the figures, for instance {@code db-scheduler}. */
    String name();

    /** How it is set up, in one line without a full stop at its end, with its version. */
    String configuration();

    /** Connections to its own database, whose counters are read before and after. */
    DataSource dataSource();

    /** Whether this system can do such work at all. */
    boolean runs(Workload workload);

    /** Whether its work is done in this process, so that this process's processor time is what it costs. */
    default boolean worksInThisProcess() {
        return true;
    }

    /** What has to be there before the clock runs. */
    default void prepare(Load load) throws Exception {}

    /** Returns at the moment from which the work goes on by itself; the clock runs from then. */
    default void awaitBegin(Load load) throws Exception {}

    /**
     * Does a round of the work: from before the first saga is started until all of them have ended and the database says so.
     *
     * @throws Exception also if something did not end as it should
     */
    void run(Load load) throws Exception;

    /** Nanoseconds from the call that starts a saga until its step runs, in this process, with nothing else to do. */
    default long startToRunning() throws Exception {
        throw new UnsupportedOperationException(name() + " is not measured while idle.");
    }

    @Override
    void close();
}
