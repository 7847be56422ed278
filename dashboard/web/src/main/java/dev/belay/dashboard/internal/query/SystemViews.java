package dev.belay.dashboard.internal.query;

import java.util.List;

/** The queries an operator needs most, so that nobody has to write them. */
public final class SystemViews {
    private static final List<SystemView> ALL = List.of(
            new SystemView("Needs you", "status:failed", "Stopped, until an operator decides."),
            new SystemView("Running", "status:running", "Going forward."),
            new SystemView("Being undone", "status:undoing", "On the way back."),
            new SystemView("Waiting for approval", "awaits:approval", "A person has been asked."),
            new SystemView("Overdue", "is:overdue", "Open past a deadline."),
            new SystemView(
                    "Failing again and again", "status:running failures>=3", "Still tried, without luck so far."),
            new SystemView(
                    "Open for more than a day",
                    "status:open age>1d sort:oldest",
                    "Perhaps forgotten; the oldest first."),
            new SystemView("Paused", "is:paused status:open", "Held back until somebody resumes them."),
            new SystemView("Undone today", "status:undone ended:today", "Taken back since midnight."),
            new SystemView(
                    "Left effects behind", "is:residue status:ended", "Ended, and not all of it is taken back."));

    private SystemViews() {}

    /** All of them, the most pressing first. */
    public static List<SystemView> all() {
        return ALL;
    }
}
