package dev.belay.internal.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.SagaState;
import dev.belay.inspect.Condition;
import dev.belay.inspect.Field;
import dev.belay.inspect.SagaFilter;
import java.util.List;
import org.junit.jupiter.api.Test;

class FilterJsonTest {

    @Test
    void aFilterIsReadAsItWasWritten() {
        SagaFilter filter = SagaFilter.where(
                        Condition.state(SagaState.SUSPENDED, SagaState.COMPENSATED),
                        Condition.has(Field.ERROR, "it's \"<b>50%\u2028\\").not(),
                        Condition.at(
                                Field.INPUT,
                                List.of("__proto__", "", "0"),
                                Condition.Test.AT_LEAST,
                                "9007199254740993"),
                        Condition.compared(Field.AGE, Condition.Test.MORE, "PT1H"))
                .fromTheOldest();

        assertThat(FilterJson.read(FilterJson.write(filter))).isEqualTo(filter);
        assertThat(FilterJson.read(FilterJson.write(SagaFilter.all()))).isEqualTo(SagaFilter.all());
    }

    @Test
    void itsJsonIsWhatOtherVersionsRead() {
        assertThat(FilterJson.write(SagaFilter.where(Condition.is(Field.STEP, "charge"))))
                .isEqualTo("""
                {"oldestFirst":false,"conditions":[{"field":"STEP","path":[],"test":"IS","values":["charge"],"negated":false}]}""");
    }

    @Test
    void whatANewerVersionAskedIsLeftOut() {
        assertThat(FilterJson.read("""
                {"oldestFirst":true,"conditions":[
                 {"field":"MOOD","test":"IS","values":["blue"]},
                 {"field":"STEP","test":"RHYMES","values":["charge"]},
                 {"field":"STATE","test":"IS","values":["DREAMING"]},
                 {"field":"STEP","test":"IS","values":["charge"]}]}"""))
                .isEqualTo(SagaFilter.where(Condition.is(Field.STEP, "charge")).fromTheOldest());
    }
}
