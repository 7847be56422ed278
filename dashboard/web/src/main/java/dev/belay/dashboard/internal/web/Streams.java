package dev.belay.dashboard.internal.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** The open streams of events. No thread is held by one; a stream is only ever written to, what a browser sends on it is not read. */
public final class Streams implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 30;
    private static final int LEAST_FOR_ONE = 10;
    private static final int ONE_IN = 4;

    private final int most;
    private final Set<Stream> open = ConcurrentHashMap.newKeySet();

    /** At most {@code most} streams at once; browsers beyond that are told to come back later, and pages work without. */
    public Streams(int most) {
        this.most = most;
    }

    /** How many are open. */
    public int count() {
        return open.size();
    }

    /** How many one person may have: so that whoever leaves pages open takes nobody else's. */
    int mostForOne() {
        return Math.min(most, Math.max(LEAST_FOR_ONE, most / ONE_IN));
    }

    /**
     * Opens a stream.
     *
     * @param owner whose it is
     * @param allowed whether whoever opened it may still have it; asked now and then
     */
    void open(
            HttpServletRequest request,
            HttpServletResponse response,
            Answer.EventSource source,
            String owner,
            BooleanSupplier allowed)
            throws IOException {
        if (open.size() >= most) {
            throw Refused.later(
                    503,
                    "There are " + most + " live pages open already. This one shows what was when it was loaded.",
                    PATIENCE_SECONDS);
        }
        if (open.stream().filter(stream -> stream.owner.equals(owner)).count() >= mostForOne()) {
            throw Refused.later(
                    503,
                    "You have " + mostForOne() + " live pages open already. This one shows what was when it was loaded.",
                    PATIENCE_SECONDS);
        }
        response.setContentType("text/event-stream; charset=utf-8");
        response.setHeader("X-Accel-Buffering", "no");
        if ("HEAD".equals(request.getMethod())) {
            return;
        }
        AsyncContext async = request.startAsync();
        async.setTimeout(0);
        ServletOutputStream out = response.getOutputStream();
        Stream stream = new Stream(async, out, owner, allowed);
        open.add(stream);
        async.addListener(stream);
        stream.whenClosed(() -> open.remove(stream));
        stream.send("hello", "");
        out.setWriteListener(stream);
        try {
            source.open(stream);
        } catch (RuntimeException e) {
            stream.close();
            throw e;
        }
    }

    /** Sends something on every stream, so that those whose browser has gone are found, and ends those of whoever has signed out. */
    public void beat() {
        open.forEach(stream -> {
            if (stream.isAllowed()) {
                stream.send("beat", "");
            } else {
                stream.close();
            }
        });
    }

    @Override
    public void close() {
        open.forEach(Stream::close);
    }

    /**
     * One of them. It is written to when its browser takes something, by the container; until then one event of each name waits, the
     * last: whoever sends is never held up by a browser that does not read.
     */
    private static final class Stream implements EventSink, AsyncListener, WriteListener {
        private final AsyncContext async;
        private final ServletOutputStream out;
        private final String owner;
        private final List<Runnable> afterwards = new ArrayList<>();
        private final BooleanSupplier allowed;
        private final Map<String, String> waiting = new LinkedHashMap<>();
        private boolean possible;
        private boolean written;
        private boolean closed;

        Stream(AsyncContext async, ServletOutputStream out, String owner, BooleanSupplier allowed) {
            this.async = async;
            this.out = out;
            this.owner = owner;
            this.allowed = allowed;
        }

        boolean isAllowed() {
            try {
                return allowed.getAsBoolean();
            } catch (RuntimeException e) {
                // The request is gone, or the database: a browser that is still there asks anew.
                return false;
            }
        }

        @Override
        public boolean send(String event, String data) {
            try {
                synchronized (this) {
                    if (closed) {
                        return false;
                    }
                    waiting.put(event, data);
                    write();
                }
                return true;
            } catch (IOException | RuntimeException e) {
                close();
                return false;
            }
        }

        @Override
        public void onWritePossible() {
            try {
                synchronized (this) {
                    possible = true;
                    write();
                }
            } catch (IOException | RuntimeException e) {
                close();
            }
        }

        /** Once the container has said no, it has to say yes before it is asked again. */
        private void write() throws IOException {
            while (!closed && possible && (written || !waiting.isEmpty())) {
                possible = out.isReady();
                if (!possible) {
                    return;
                }
                Iterator<Map.Entry<String, String>> events = waiting.entrySet().iterator();
                if (events.hasNext()) {
                    Map.Entry<String, String> next = events.next();
                    byte[] bytes = ("event: " + next.getKey() + "\ndata: "
                                    + next.getValue().replace("\n", "\ndata: ") + "\n\n")
                            .getBytes(StandardCharsets.UTF_8);
                    events.remove();
                    written = true;
                    out.write(bytes);
                } else {
                    written = false;
                    out.flush();
                }
            }
        }

        @Override
        public void onError(Throwable problem) {
            close();
        }

        @Override
        public void close() {
            List<Runnable> then;
            synchronized (this) {
                if (closed) {
                    return;
                }
                closed = true;
                then = List.copyOf(afterwards);
            }
            try {
                async.complete();
            } catch (RuntimeException e) {
                // The container has ended it before.
            }
            then.forEach(Runnable::run);
        }

        @Override
        public void whenClosed(Runnable then) {
            synchronized (this) {
                if (!closed) {
                    afterwards.add(then);
                    return;
                }
            }
            then.run();
        }

        @Override
        public void onComplete(AsyncEvent event) {
            close();
        }

        @Override
        public void onTimeout(AsyncEvent event) {
            close();
        }

        @Override
        public void onError(AsyncEvent event) {
            close();
        }

        @Override
        public void onStartAsync(AsyncEvent event) {
            // Nothing begins anew here.
        }
    }
}
