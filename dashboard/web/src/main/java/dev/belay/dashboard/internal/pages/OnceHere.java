package dev.belay.dashboard.internal.pages;

import dev.belay.dashboard.internal.web.Call;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * What came of the last requests that the engine itself cannot tell apart from their repetitions. Kept by this process only: a form that
 * is sent twice comes to the same one. A repetition waits for the first; other requests do not. Thread-safe.
 */
public final class OnceHere {
    private static final int MOST = 1_000;

    private final Map<Asked, Course> courses = new LinkedHashMap<>();

    /** A request is the same if somebody asks for the same under the same id. */
    private record Asked(UUID id, String what, String actor) {}

    private static final class Course {
        private final ReentrantLock lock = new ReentrantLock();
        private int users;
        private Optional<Decision.Done> result = Optional.empty();
    }

    /**
     * Does {@code work}, unless that request did so before; returns what came of it. What failed is done again.
     *
     * @param what what is asked for: the decision and what it is about
     */
    public Decision.Done once(Call call, String what, Supplier<Decision.Done> work) {
        Asked asked = new Asked(call.requestId(), what, call.principal().name());
        Course course = enter(asked);
        course.lock.lock();
        try {
            if (course.result.isEmpty()) {
                course.result = Optional.of(work.get());
            }
            return course.result.get();
        } finally {
            course.lock.unlock();
            leave(asked, course);
        }
    }

    private Course enter(Asked asked) {
        synchronized (courses) {
            Course course = courses.computeIfAbsent(asked, key -> new Course());
            course.users++;
            return course;
        }
    }

    private void leave(Asked asked, Course course) {
        synchronized (courses) {
            course.users--;
            if (course.users == 0 && course.result.isEmpty()) {
                courses.remove(asked);
            }
            Iterator<Course> oldest = courses.values().iterator();
            while (courses.size() > MOST && oldest.hasNext()) {
                if (oldest.next().users == 0) {
                    oldest.remove();
                }
            }
        }
    }
}
