package dev.belay.dashboard.internal.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** The open streams of events. No thread is held by one; a stream is only ever written to, what a browser sends on it is not read. */
public final class Streams implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 30;

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

    /**
     * Opens a stream.
     *
     * @param allowed whether whoever opened it may still have it; asked now and then
     */
    void open(
            HttpServletRequest request,
            HttpServletResponse response,
            Answer.EventSource source,
            BooleanSupplier allowed)
            throws IOException {
        if (open.size() >= most) {
            throw Refused.later(
                    503,
                    "There are " + most + " live pages open already. This one shows what was when it was loaded.",
                    PATIENCE_SECONDS);
        }
        response.setContentType("text/event-stream; charset=utf-8");
        response.setHeader("X-Accel-Buffering", "no");
        if ("HEAD".equals(request.getMethod())) {
            return;
        }
        AsyncContext async = request.startAsync();
        async.setTimeout(0);
        Stream stream = new Stream(async, response.getOutputStream(), allowed);
        open.add(stream);
        async.addListener(stream);
        stream.whenClosed(() -> open.remove(stream));
        stream.send("hello", "");
        source.open(stream);
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

    private static final class Stream implements EventSink, AsyncListener {
        private final AsyncContext async;
        private final OutputStream out;
        private final List<Runnable> afterwards = new ArrayList<>();
        private final BooleanSupplier allowed;
        private boolean closed;

        Stream(AsyncContext async, OutputStream out, BooleanSupplier allowed) {
            this.async = async;
            this.out = out;
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
        public synchronized boolean send(String event, String data) {
            if (closed) {
                return false;
            }
            try {
                out.write(("event: " + event + "\ndata: " + data.replace("\n", "\ndata: ") + "\n\n")
                        .getBytes(StandardCharsets.UTF_8));
                out.flush();
                return true;
            } catch (IOException | RuntimeException e) {
                close();
                return false;
            }
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
