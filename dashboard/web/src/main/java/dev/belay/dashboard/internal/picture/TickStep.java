package dev.belay.dashboard.internal.picture;

import java.time.Duration;

/** Round lengths of time. */
final class TickStep {
    private static final long[] SECONDS = {
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800,
        604_800
    };

    private TickStep() {}

    /** A round length so that no more than {@code most} go into {@code span}. */
    static Duration atLeast(Duration span, double most) {
        double nanos = span.toNanos() / Math.max(1, most);
        if (nanos < 1e9) {
            double power = Math.pow(10, Math.floor(Math.log10(Math.max(1, nanos))));
            for (double factor : new double[] {1, 2, 5}) {
                if (factor * power >= nanos) {
                    return Duration.ofNanos((long) (factor * power));
                }
            }
            return Duration.ofNanos((long) (10 * power));
        }
        for (long seconds : SECONDS) {
            if (seconds * 1e9 >= nanos) {
                return Duration.ofSeconds(seconds);
            }
        }
        return Duration.ofDays(7 * (long) Math.ceil(nanos / 1e9 / 604_800));
    }
}
