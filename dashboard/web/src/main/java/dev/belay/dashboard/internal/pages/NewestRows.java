package dev.belay.dashboard.internal.pages;

import dev.belay.JournalEntry;
import dev.belay.JournalEntry.Kind;
import dev.belay.inspect.Inspector;
import dev.belay.inspect.JournalFilter;
import dev.belay.inspect.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The newest rows of the steps of one name, in all branches: read without payloads, and no further back than somebody asks for. For one
 * request.
 */
final class NewestRows {
    private static final int AT_ONCE = 1_000;
    private static final int MOST = 5_000;

    private final Inspector inspector;
    private final UUID saga;
    private final JournalFilter outline;
    private final List<Found> read = new ArrayList<>();
    private Optional<String> next = Optional.empty();
    private boolean begun;

    NewestRows(Inspector inspector, UUID saga, String step, Set<Kind> kinds) {
        this.inspector = inspector;
        this.saga = saga;
        this.outline = new JournalFilter(false, kinds, Optional.of(step), false, true);
    }

    /**
     * A row.
     *
     * @param page where the page begins that it was read with
     * @param index its place in that page
     */
    record Found(JournalEntry row, Optional<String> page, int index) {}

    /** Those at a place, the newest first: at least {@code enough}, or back to the run before the last, or all; of the last 5,000 rows. */
    List<Found> at(int branch, int seq, boolean undoing, int enough) {
        List<Found> here = known(branch, seq, undoing);
        while (!isEnough(here, enough) && isMore()) {
            readOn();
            here = known(branch, seq, undoing);
        }
        return here;
    }

    private boolean isMore() {
        return !begun || (next.isPresent() && read.size() < MOST);
    }

    /** Whether rows are left that are not looked at. */
    boolean isCut() {
        return begun && next.isPresent();
    }

    /** The same row with its payloads. */
    Optional<JournalEntry> whole(Found found) {
        Optional<String> before = found.index() == 0
                ? found.page()
                : inspector.journal(saga, outline, found.page(), found.index()).next();
        JournalFilter payloads = new JournalFilter(false, outline.kinds(), outline.step(), true, true);
        return inspector.journal(saga, payloads, before, 1).items().stream()
                .filter(row -> isSame(row, found.row()))
                .findFirst();
    }

    private static boolean isSame(JournalEntry one, JournalEntry other) {
        return one.kind() == other.kind()
                && one.undoing() == other.undoing()
                && one.branch() == other.branch()
                && one.seq() == other.seq()
                && one.run() == other.run()
                && one.n() == other.n();
    }

    private static boolean isEnough(List<Found> here, int enough) {
        return here.size() >= enough
                || here.stream().map(one -> one.row().run()).distinct().count() > 1;
    }

    private List<Found> known(int branch, int seq, boolean undoing) {
        return read.stream()
                .filter(one -> one.row().branch() == branch
                        && one.row().seq() == seq
                        && one.row().undoing() == undoing)
                .toList();
    }

    private void readOn() {
        Optional<String> after = next;
        Page<JournalEntry> page = inspector.journal(saga, outline, after, AT_ONCE);
        for (int i = 0; i < page.items().size(); i++) {
            read.add(new Found(page.items().get(i), after, i));
        }
        next = page.next();
        begun = true;
    }
}
