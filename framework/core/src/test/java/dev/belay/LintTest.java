package dev.belay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LintTest {
    record Order(String id) {}

    record Booking(String ref) {}

    record Question(String text) {}

    record Answer(String text) {}

    /** Has the same simple name as another payload. */
    static final class Other {
        record Order(String id) {}
    }

    private static List<String> problemsOf(ThrowingCallable definition) {
        DefinitionException refused = catchThrowableOfType(DefinitionException.class, definition);
        assertThat(refused).as("the definition is refused").isNotNull();
        return refused.problems();
    }

    private static Saga<Order> order() {
        return Saga.define("order", Order.class);
    }

    private static Booking book(StepContext<?> context) {
        return new Booking(context.step());
    }

    @Test
    @DisplayName("a definition without a step is refused")
    void noStep() {
        assertThat(problemsOf(() -> order().returnsNothing())).containsExactly("it has no step");
    }

    @Test
    @DisplayName("a primitive type is refused wherever a value is kept")
    void primitives() {
        Saga<Integer> saga = Saga.define("count", int.class);
        saga.step("add", long.class, ctx -> 1L);

        assertThat(problemsOf(saga::returnsNothing))
                .containsExactly(
                        "the saga's input is of the primitive type int; use Integer",
                        "the output of step \"add\" is of the primitive type long; use Long");
    }

    @Test
    @DisplayName("two steps of the same name are refused")
    void duplicateNames() {
        Saga<Order> saga = order();
        saga.step("book", Booking.class, LintTest::book);
        saga.step("book", Booking.class, LintTest::book);

        assertThat(problemsOf(saga::returnsNothing))
                .containsExactly("two steps are called \"book\"; names must differ");
    }

    @Test
    @DisplayName("an effect before the pivot needs an undo, or words why not")
    void effectBeforePivot() {
        Saga<Order> saga = order();
        saga.step("book", Booking.class, LintTest::book);
        saga.pivot("charge", Booking.class, LintTest::book);
        Saga<Order> explained = order();
        explained.step("book", Booking.class, LintTest::book).withoutUndo("bookings lapse by themselves");
        explained.step("look", Booking.class, LintTest::book).pure();
        explained.pivot("charge", Booking.class, LintTest::book);
        explained.step("mail", Booking.class, LintTest::book);

        assertThat(problemsOf(saga::returnsNothing))
                .singleElement()
                .asString()
                .contains("step \"book\" has an effect before the pivot \"charge\" and no undo");
        assertThatCode(explained::returnsNothing).doesNotThrowAnyException();
    }

    @Test
    @DisplayName("two pivots are refused")
    void twoPivots() {
        Saga<Order> saga = order();
        saga.pivot("charge", Booking.class, LintTest::book);
        saga.pivot("ship", Booking.class, LintTest::book);

        assertThat(problemsOf(saga::returnsNothing))
                .singleElement()
                .asString()
                .startsWith("it has 2 pivots (charge, ship)");
    }

    @Test
    @DisplayName("a pivot with an undo, and a pure step with one, are refused")
    void undoWhereNoneCanBe() {
        Saga<Order> saga = order();
        saga.step("look", Booking.class, LintTest::book).pure().undo(u -> {});
        saga.pivot("charge", Booking.class, LintTest::book).undo(u -> {});

        assertThat(problemsOf(saga::returnsNothing))
                .hasSize(2)
                .anyMatch(problem -> problem.contains("\"look\" is pure and has an undo"))
                .anyMatch(problem -> problem.contains("the pivot \"charge\" has an undo"));
    }

    @Test
    @DisplayName("a compensation for an unknown step, of a wrong type, or a second one is refused")
    void misdeclaredCompensations() {
        Saga<Order> saga = order();
        saga.step("book", Booking.class, LintTest::book);
        saga.step("twice", Booking.class, LintTest::book).undo(u -> {}).undo(u -> {});
        saga.compensation("bok", Booking.class, u -> {});
        saga.compensation("book", Answer.class, u -> {});

        assertThat(problemsOf(saga::returnsNothing))
                .containsExactlyInAnyOrder(
                        "step \"twice\" has two compensations; keep one",
                        "a compensation is given for step \"bok\", but there is no such step",
                        "the compensation of step \"book\" expects Answer, but the step returns Booking");
    }

    @Test
    @DisplayName("a chain step behind a routed step can never run, unless the routed step says it goes there")
    void unreachableSteps() {
        Saga<Question> saga = Saga.define("ask", Question.class);
        saga.step("think", Question.class, (context, question) -> Next.end(new Answer("42")));
        saga.step("never", Booking.class, LintTest::book);
        Saga<Question> led = Saga.define("ask", Question.class);
        led.step("think", Question.class, (context, question) -> Next.step("book"))
                .goesTo("book");
        led.step("book", Booking.class, LintTest::book);

        assertThat(problemsOf(() -> saga.returns(Answer.class)))
                .singleElement()
                .asString()
                .startsWith("step \"never\" can never run");
        assertThatCode(() -> led.returns(Answer.class)).doesNotThrowAnyException();
    }

    @Test
    @DisplayName("a step that is referred to must be written, and one that is gone to must exist")
    void danglingReferences() {
        Saga<Question> saga = Saga.define("ask", Question.class);
        StepRef<Question> act = saga.ref("act", Question.class);
        saga.step("think", Question.class, (context, question) -> Next.to(act, question));
        Saga<Question> elsewhere = Saga.define("ask", Question.class);
        elsewhere
                .step("think", Question.class, (context, question) -> Next.end())
                .goesTo("nowhere");

        assertThat(problemsOf(saga::returnsNothing)).containsExactly("step \"act\" is referred to, but never written");
        assertThat(problemsOf(elsewhere::returnsNothing))
                .containsExactly("step \"think\" says it goes to \"nowhere\", but there is no such step");
    }

    @Test
    @DisplayName("a routed step must take what leads to it")
    void inputsThatDoNotFit() {
        Saga<Order> first = order();
        first.step("think", Question.class, (context, question) -> Next.end());
        Saga<Order> behind = order();
        behind.step("book", Booking.class, LintTest::book);
        behind.step("think", Question.class, (context, question) -> Next.end());

        assertThat(problemsOf(first::returnsNothing))
                .containsExactly("the first step \"think\" takes Question, but the saga takes Order");
        assertThat(problemsOf(behind::returnsNothing))
                .containsExactly("step \"book\" returns Booking and is followed by \"think\", which takes Question");
    }

    @Test
    @DisplayName("a result that nothing makes is refused")
    void resultFromNowhere() {
        Saga<Order> saga = order();
        saga.step("book", Booking.class, LintTest::book);

        assertThat(problemsOf(() -> saga.returns(Answer.class)))
                .singleElement()
                .asString()
                .contains("returns Answer, but neither a routed step nor a result function makes one");
    }

    @Test
    @DisplayName("two payload types stored under one name are refused")
    void payloadNamesThatCollide() {
        Saga<Order> saga = order();
        saga.step("copy", Other.Order.class, context -> new Other.Order("1"));

        assertThat(problemsOf(saga::returnsNothing))
                .singleElement()
                .asString()
                .contains("both stored under the name \"order\"");
    }

    @Test
    @DisplayName("a finished definition cannot be changed")
    void finishedIsFinished() {
        Saga<Order> saga = order();
        Step<Order, Booking> book = saga.step("book", Booking.class, LintTest::book);
        saga.returnsNothing();

        assertThatCode(() -> book.undo(u -> {})).isInstanceOf(IllegalStateException.class);
        assertThatCode(() -> saga.step("more", Booking.class, LintTest::book))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("all problems are told at once")
    void everyProblem() {
        Saga<Order> saga = Saga.define(" ", Order.class).version(0);
        saga.step("", Booking.class, LintTest::book);

        assertThat(problemsOf(saga::returnsNothing)).hasSize(3);
    }
}
