package dev.belay.dashboard.internal.picture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.JournalEntry.Kind;
import dev.belay.JournalEntry.Result;
import dev.belay.SagaState;
import dev.belay.dashboard.internal.picture.Timeline.Lane;
import dev.belay.dashboard.internal.picture.Timeline.Part;
import dev.belay.dashboard.internal.picture.Timeline.Row;
import dev.belay.dashboard.internal.picture.Timeline.Segment;
import dev.belay.dashboard.internal.picture.Timeline.Sign;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TimelineTest {
    private static final long DAY = 86_400_000;

    private static List<String> parts(Row row) {
        return row.segments().stream().map(s -> s.part() + " " + s.state()).toList();
    }

    @Test
    void shows_retries_as_segments_with_the_time_between_them() {
        Story story = new Story()
                .ok(1, "reserve", 100, 100)
                .attempt(2, 1, "charge", Result.FAILED, 1_300, 1_200)
                .attempt(2, 2, "charge", Result.GAVE_UP, 4_000, 1_000)
                .state(SagaState.SUSPENDED)
                .job(2, "charge", "PARKED", 2, 2, 0, "");

        Timeline timeline = story.timeline(6_000);

        Row charge = timeline.rows().get(1);
        assertThat(parts(charge)).containsExactly("ATTEMPT FAILED", "GAP BACKOFF", "ATTEMPT GAVE_UP", "WAIT NEEDS_YOU");
        assertThat(charge.segments().get(0).title())
                .isEqualTo("Attempt 1 of charge failed after 1.2 s on worker 7: TimeoutException: took too long");
        assertThat(charge.segments().get(3).open()).isTrue();
        assertThat(timeline.summary())
                .isEqualTo("1 step done, step charge failed twice and needs you. The saga waits for an operator.");
    }

    @Test
    void marks_where_another_worker_took_over() {
        Story story = new Story()
                .attempt(1, 1, "charge", Result.LOST, 15_000, 0)
                .worker(8)
                .attempt(1, 2, "charge", Result.SUCCEEDED, 16_000, 500)
                .state(SagaState.COMPLETED);

        Row row = story.timeline(16_000).rows().get(0);

        assertThat(parts(row)).containsExactly("ATTEMPT LOST", "GAP BACKOFF", "ATTEMPT SUCCEEDED");
        assertThat(row.segments().get(0).from()).isZero();
        assertThat(row.marks()).singleElement().satisfies(mark -> {
            assertThat(mark.sign()).isEqualTo(Sign.TAKEOVER);
            assertThat(mark.words()).isEqualTo("Worker 8 took over from worker 7");
        });
    }

    @Test
    void ends_a_wait_when_its_message_comes() {
        Story story = new Story().ok(1, "ask", 10, 10).waits(2, "ok", "approval:ok", 10);
        story.row(Kind.MESSAGE, Result.SUCCEEDED, 0, 1, 0, "ok", "approval:ok", 5_000, 0, "");
        story.ok(2, "ok", 6_000, 10).state(SagaState.COMPLETED);

        Row row = story.timeline(6_000).rows().get(1);

        Segment wait = row.segments().get(0);
        assertThat(wait.words()).isEqualTo("waits for approval");
        assertThat(wait.title()).isEqualTo("ok waited for approval, 4.9 s");
        assertThat(wait.open()).isFalse();
    }

    @Test
    void breaks_the_axis_where_nothing_runs_for_days() {
        Story story = new Story()
                .ok(1, "reserve", 900, 900)
                .waits(2, "sleep", "time", 900)
                .ok(2, "sleep", 3 * DAY + 4 * 3_600_000L + 901, 1)
                .ok(3, "charge", 3 * DAY + 4 * 3_600_000L + 2_000, 800)
                .state(SagaState.COMPLETED);

        Timeline timeline = story.timeline(3 * DAY + 4 * 3_600_000L + 2_000);

        assertThat(timeline.gaps()).singleElement().satisfies(gap -> {
            assertThat(gap.words()).isEqualTo("3 d 4 h");
            assertThat(gap.to() - gap.from()).isLessThan(200);
        });
        Segment reserve = timeline.rows().get(0).segments().get(0);
        assertThat(reserve.to() - reserve.from()).isGreaterThan(100);
        assertThat(timeline.ticks()).extracting(Timeline.Mark::words).contains("0", "+3 d 4 h");
        assertThat(TimelineSvg.of(timeline, Links.WITHIN_PAGE)).contains(">3 d 4 h<");
    }

    @Test
    void keeps_the_axis_whole_where_something_always_runs() {
        Timeline timeline = new Story()
                .ok(1, "a", 500, 500)
                .ok(2, "b", 1_000, 500)
                .state(SagaState.COMPLETED)
                .timeline(1_000);

        assertThat(timeline.gaps()).isEmpty();
        assertThat(timeline.rows().get(1).segments().get(0).from()).isEqualTo(500);
    }

    @Test
    void says_until_when_an_open_sleep_and_an_open_retry_last() {
        Story sleeping = new Story().waits(1, "nap", "time", 0).job(1, "nap", "WAITING", 1, 0, DAY, "time");
        Story retrying = new Story()
                .attempt(1, 1, "charge", Result.FAILED, 100, 100)
                .job(1, "charge", "WAITING", 1, 1, 60_100, "");

        assertThat(sleeping.timeline(1_000).rows().get(0).segments().get(0).words())
                .isEqualTo("sleeps until 2026-03-02 12:00:00 UTC");
        assertThat(retrying.timeline(100).rows().get(0).segments().get(1).words())
                .isEqualTo("retry in 1 m");
    }

    @Test
    void keeps_undoing_in_a_lane_of_its_own_with_its_retries_and_activities() {
        Story story = new Story();
        story.row(Kind.ACTIVITY, Result.BEGUN, 1, 1, 0, "book", "seat", 10, 0, "");
        story.row(Kind.ACTIVITY, Result.SUCCEEDED, 1, 2, 0, "book", "seat", 50, 40, "");
        story.ok(1, "book", 100, 100)
                .attempt(2, 1, "pay", Result.REJECTED, 200, 50)
                .undoing()
                .item(1)
                .ok(1, "book", 300, 20)
                .item(0)
                .attempt(1, 2, "book", Result.FAILED, 400, 20)
                .attempt(1, 3, "book", Result.SUCCEEDED, 900, 20)
                .state(SagaState.COMPENSATED);

        Timeline timeline = story.timeline(900);

        List<Row> undo =
                timeline.rows().stream().filter(row -> row.lane() == Lane.UNDO).toList();
        assertThat(undo).extracting(Row::label).containsExactly("seat", "book");
        assertThat(undo).extracting(Row::state).containsOnly(State.UNDONE);
        assertThat(undo.get(0).detail()).isEqualTo("activity of book");
        assertThat(parts(undo.get(1))).containsExactly("ATTEMPT FAILED", "GAP BACKOFF", "ATTEMPT UNDONE");
        assertThat(timeline.rows().get(0).segments())
                .filteredOn(segment -> segment.part() == Part.ACTIVITY)
                .hasSize(1);
        assertThat(timeline.summary()).contains("1 step done; 2 undone. The saga was undone.");
    }

    @Test
    void puts_branches_beneath_the_step_that_began_them() {
        Story story =
                new Story().waits(1, "both", "join", 0).begins(1, 0, 1, "a", 0).begins(2, 0, 1, "b", 0);
        story.branch(1).ok(1, "a", 300, 290).branch(2).ok(1, "b", 200, 190);
        story.branch(0).ok(1, "both", 310, 1).ok(2, "end", 400, 50).state(SagaState.COMPLETED);

        Timeline timeline = story.timeline(400);

        assertThat(timeline.rows()).extracting(Row::label).containsExactly("both", "a", "b", "end");
        assertThat(timeline.rows()).extracting(Row::depth).containsExactly(0, 1, 1, 0);
        assertThat(timeline.rows().get(0).segments().get(0).words()).isEqualTo("waits for its branches");
    }

    @Test
    void takes_a_thousand_branches_together_and_shows_those_that_failed() {
        Story story = new Story().waits(1, "each", "join", 0);
        for (int b = 1; b <= 1_000; b++) {
            story.begins(b, 0, 1, "item", 0);
        }
        for (int b = 1; b <= 1_000; b++) {
            story.branch(b).attempt(1, 1, "item", b % 500 == 0 ? Result.GAVE_UP : Result.SUCCEEDED, 10L + b, 5);
        }
        story.branch(0).ok(1, "each", 1_100, 1).state(SagaState.COMPLETED);

        Timeline timeline = story.timeline(1_100);

        assertThat(timeline.rows()).hasSize(4);
        Row group = timeline.rows().get(1);
        assertThat(group.branches()).isEqualTo(1_000);
        assertThat(group.summary()).isEqualTo("1,000 branches: 998 succeeded, 2 gave up");
        assertThat(timeline.rows().subList(2, 4)).extracting(Row::detail).containsExactly("branch 500", "branch 1000");
    }

    @Test
    void tells_the_turns_of_a_loop_apart() {
        Story story = new Story();
        for (int i = 1; i <= 50; i++) {
            story.ok(i, "think", i * 100L, 90);
        }

        Timeline timeline = story.state(SagaState.COMPLETED).timeline(5_000);

        assertThat(timeline.rows()).hasSize(50);
        assertThat(timeline.rows().get(21).detail()).isEqualTo("22nd time");
    }

    @Test
    void stays_within_bounds_and_keeps_what_failed() {
        Story story = new Story();
        for (int i = 1; i <= 20_000; i++) {
            story.attempt(i, 1, "step" + i, i == 3 ? Result.GAVE_UP : Result.SUCCEEDED, i * 10L, 9);
        }

        Timeline timeline = story.state(SagaState.COMPLETED).timeline(200_000);

        assertThat(timeline.rows()).hasSize(Timeline.MOST_ROWS);
        assertThat(timeline.truncated()).isTrue();
        assertThat(timeline.hidden()).isEqualTo(20_000 - Timeline.MOST_ROWS);
        assertThat(timeline.rows().get(0).label()).isEqualTo("step3");
        assertThat(timeline.rows().get(Timeline.MOST_ROWS - 1).label()).isEqualTo("step20000");
    }

    @Test
    void bounds_the_segments_of_one_row() {
        Story story = new Story();
        for (int n = 1; n <= 5_000; n++) {
            story.attempt(1, n, "charge", Result.FAILED, n * 100L, 50);
        }

        Row row = story.timeline(500_000).rows().get(0);

        assertThat(row.segments()).hasSizeLessThanOrEqualTo(81);
        assertThat(row.segments().get(0).part()).isEqualTo(Part.SUMMARY);
        assertThat(row.segments().get(0).title()).startsWith("Earlier attempts: 4,980 failed");
    }

    @Test
    void shows_what_runs_now_and_what_an_operator_decided() {
        Story story = new Story().attempt(1, 1, "charge", Result.GAVE_UP, 100, 100);
        story.row(Kind.DECISION, Result.FAILED, 1, 2, 0, "charge", "retry", 5_000, 0, "");
        story.job(1, "charge", "CLAIMED", 3, 0, 5_000, "");

        Row row = story.timeline(9_000).rows().get(0);

        assertThat(parts(row)).containsExactly("ATTEMPT GAVE_UP", "WAIT NEEDS_YOU", "ATTEMPT RUNNING");
        assertThat(row.marks()).extracting(Timeline.Mark::words).containsExactly("An operator decided: retry");
        assertThat(row.segments().get(2).open()).isTrue();
        assertThat(row.segments().get(2).to()).isEqualTo(1_000);
    }

    @Test
    void shows_a_saga_of_which_nothing_is_recorded() {
        Timeline timeline = new Story().job(1, "first", "READY", 0, 0, 0, "").timeline(10);

        assertThat(timeline.rows())
                .singleElement()
                .satisfies(row -> assertThat(row.state()).isEqualTo(State.READY));
        assertThat(new Story().timeline(0).rows()).isEmpty();
    }

    @Test
    void keeps_every_segment_within_the_line() {
        Story story = new Story();
        for (int i = 1; i <= 30; i++) {
            story.ok(i, "s" + i, i * i * 1_000L, i * 7L).waits(i + 1, "s" + (i + 1), "signal:go", i * i * 1_000L);
        }

        Timeline timeline = story.state(SagaState.COMPLETED).timeline(900_000);

        assertThat(timeline.rows()).flatExtracting(Row::segments).allSatisfy(segment -> {
            assertThat(segment.from()).isBetween(0.0, 1_000.0);
            assertThat(segment.to()).isBetween(segment.from(), 1_000.0);
        });
    }
}
