package dev.belay.dashboard.internal.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.inspect.SagaFilter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoundTripTest {
    private static final int FILTERS = 3_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 42, 20_261_120})
    void readsEveryFilterAsItWasPrinted(long seed) {
        RandomFilters filters = new RandomFilters(seed);

        for (int i = 0; i < FILTERS; i++) {
            SagaFilter filter = filters.filter();
            String text = QueryText.print(filter);
            Query query = Texts.parse(text);

            assertThat(query.problems()).as(text).isEmpty();
            assertThat(query.filter()).as(text).isEqualTo(filter);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5, 6})
    void keepsEveryTextOneValue(long seed) {
        RandomFilters texts = new RandomFilters(seed);

        for (int i = 0; i < FILTERS; i++) {
            String value = texts.text();
            Query query = Texts.parse(Texts.parse("status:running").with("error", value));

            assertThat(query.problems()).as(value).isEmpty();
            assertThat(query.terms()).as(value).hasSize(2);
            assertThat(query.filter().conditions().get(1).values()).containsExactly(value);
        }
    }
}
