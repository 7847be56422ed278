package dev.belay.dashboard.internal.web;

/** An open stream of events to one browser. Thread-safe. */
public interface EventSink {
    /**
     * Sends an event.
     *
     * @return whether the stream is still open
     */
    boolean send(String event, String data);

    /** Ends the stream. */
    void close();

    /** Calls {@code then} once the stream has ended, from either side. */
    void whenClosed(Runnable then);
}
