package dev.belay.dashboard.internal.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.Cause;
import dev.belay.SagaState;
import dev.belay.inspect.Field;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeyTest {

    @ParameterizedTest
    @EnumSource(Key.class)
    void hasAnExampleOfItsOwn(Key key) {
        Query query = Texts.parse(key.example());

        assertThat(query.problems()).isEmpty();
        assertThat(query.terms()).extracting(Term::key).containsExactly(java.util.Optional.of(key));
    }

    @ParameterizedTest
    @EnumSource(Key.class)
    void takesEachOfItsWords(Key key) {
        for (Choice choice : key.choices()) {
            assertThat(Texts.parse(key.word() + ":" + choice.word()).problems())
                    .as(choice.word())
                    .isEmpty();
        }
    }

    @Test
    void areThereForEveryFieldStateAndCause() {
        Stream<String> flags = Arrays.stream(Field.values())
                .filter(field -> field.sort() == Field.Sort.FLAG)
                .map(Field::name);
        Stream<Field> others = Arrays.stream(Field.values())
                .filter(field -> field.sort() != Field.Sort.FLAG && field != Field.ANYTHING);

        assertThat(flags).allMatch(flag -> isSaid(Key.IS, flag));
        assertThat(others).allMatch(field -> Key.of(field).isPresent());
        assertThat(SagaState.values()).allMatch(state -> isSaid(Key.STATUS, state.name()));
        assertThat(Cause.values()).allMatch(cause -> isSaid(Key.CAUSE, cause.name()));
    }

    private static boolean isSaid(Key key, String value) {
        return key.choices().stream().anyMatch(choice -> choice.values().equals(List.of(value)));
    }
}
