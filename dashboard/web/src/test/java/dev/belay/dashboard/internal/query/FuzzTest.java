package dev.belay.dashboard.internal.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.inspect.SagaFilter;
import org.junit.jupiter.api.Test;

/** Any text at all: {@code -Dbelay.query.fuzz=1000000} reads a million, {@code -Dbelay.query.seed=…} others. */
class FuzzTest {
    private static final int TEXTS = Integer.getInteger("belay.query.fuzz", 100_000);
    private static final long SEED = Long.getLong("belay.query.seed", 7);

    @Test
    void readsAnyTextWithinItsBounds() {
        RandomFilters texts = new RandomFilters(SEED);
        int sound = 0;

        for (int i = 0; i < TEXTS; i++) {
            String text = texts.torn();
            check(text);
            sound += Texts.parse(text).isSound() ? 1 : 0;
        }

        // If nearly all, or nearly none, had problems, the other half of the reader were not tried.
        assertThat(sound).isBetween(TEXTS / 10, TEXTS * 9 / 10);
    }

    private static void check(String text) {
        Query query = Texts.parse(text);
        boolean holds = query.terms().size() + query.problems().size() <= 32
                && query.text().length() <= 2_000
                && query.isSound() == !query.filter().equals(Query.NOTHING)
                && query.problems().stream().allMatch(FuzzTest::isTold)
                && query.terms().stream().allMatch(term -> standsInItsPlace(query, term));
        assertThat(holds).as("%s of seed %s", query, SEED).isTrue();
        if (query.isSound()) {
            assertThat(QueryText.parse(QueryText.print(query.filter()), Texts.NOW, Texts.ZONE)
                            .filter())
                    .isEqualTo(query.filter());
            query.terms()
                    .forEach(term -> assertThat(Texts.parse(query.without(term)).terms())
                            .as("%s without %s", query, term)
                            .hasSize(query.terms().size() - 1));
        }
    }

    private static boolean isTold(Problem problem) {
        return !problem.message().isBlank()
                && problem.message().length() < 500
                && problem.word().length() <= 61;
    }

    /** Read alone, the stretch of the text that a term claims means the same. */
    private static boolean standsInItsPlace(Query query, Term term) {
        Query alone = Texts.parse(query.text().substring(term.start(), term.end()));
        return alone.isSound()
                && alone.filter()
                        .equals(new SagaFilter(term.conditions(), alone.filter().oldestFirst()));
    }
}
