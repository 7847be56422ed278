package dev.belay.dashboard.internal.picture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.JournalEntry.Result;
import dev.belay.SagaState;
import dev.belay.StepKind;
import dev.belay.dashboard.internal.picture.Drawing.Box;
import dev.belay.dashboard.internal.picture.Drawing.Link;
import dev.belay.dashboard.internal.picture.Drawing.Path;
import dev.belay.dashboard.internal.picture.Drawing.Point;
import dev.belay.dashboard.internal.picture.Drawing.Shape;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class GraphTest {
    static Story branching() {
        return new Story()
                .plans("reserve", true)
                .plans("both", "", StepKind.EFFECT, "PARALLEL", false, false, "left", "right")
                .plans("a", "left", StepKind.EFFECT, "CODE", false, true)
                .plans("a2", "left", StepKind.EFFECT, "CODE", false, true)
                .plans("each", "right", StepKind.EFFECT, "FAN_OUT", false, false, "per")
                .plans("item", "per", StepKind.EFFECT, "CODE", false, true)
                .plans("approve", "", StepKind.PURE, "APPROVAL", false, false)
                .plans("charge", "", StepKind.PIVOT, "CODE", false, false)
                .plans("mail", "", StepKind.EFFECT, "CODE", false, false);
    }

    private static void holds(Drawing drawing) {
        List<Box> solid = drawing.boxes().stream()
                .filter(box -> box.shape() != Shape.FRAME)
                .toList();
        for (int i = 0; i < solid.size(); i++) {
            for (int k = i + 1; k < solid.size(); k++) {
                assertThat(solid.get(i).overlaps(solid.get(k)))
                        .as(solid.get(i).id() + " over " + solid.get(k).id())
                        .isFalse();
            }
        }
        assertThat(drawing.boxes()).allSatisfy(box -> {
            assertThat(box.x()).isNotNegative();
            assertThat(box.y()).isNotNegative();
            assertThat(box.x() + box.width()).isLessThanOrEqualTo(drawing.width());
            assertThat(box.y() + box.height()).isLessThanOrEqualTo(drawing.height());
        });
        Map<String, Box> byId = drawing.boxes().stream().collect(Collectors.toMap(Box::id, Function.identity()));
        for (Path path : drawing.paths()) {
            touches(byId.get(path.from()), path.points().get(0));
            touches(byId.get(path.to()), path.points().get(path.points().size() - 1));
        }
    }

    private static void touches(Box box, Point point) {
        boolean level = Math.abs(point.x() - box.x()) < 0.01 || Math.abs(point.x() - box.x() - box.width()) < 0.01;
        boolean upright = Math.abs(point.y() - box.y()) < 0.01 || Math.abs(point.y() - box.y() - box.height()) < 0.01;
        boolean within = point.x() >= box.x() - 0.01
                && point.x() <= box.x() + box.width() + 0.01
                && point.y() >= box.y() - 0.01
                && point.y() <= box.y() + box.height() + 0.01;
        assertThat(within && (level || upright)).as(point + " at " + box).isTrue();
    }

    private static Box box(Drawing drawing, String id) {
        return drawing.boxes().stream()
                .filter(box -> box.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void puts_branches_into_frames_that_hold_nothing_else() {
        Drawing drawing = branching().graph(0);

        holds(drawing);
        List<Box> frames = drawing.boxes().stream()
                .filter(box -> box.shape() == Shape.FRAME)
                .toList();
        assertThat(frames).hasSize(2);
        assertThat(frames)
                .allSatisfy(frame ->
                        assertThat(frame.overlaps(box(drawing, "step-charge"))).isFalse());
        Box outer = frames.stream()
                .filter(box -> box.text().startsWith("both"))
                .findFirst()
                .orElseThrow();
        assertThat(List.of("step-a", "step-a2", "step-each", "step-item", "undo-item"))
                .allSatisfy(id -> assertThat(outer.overlaps(box(drawing, id))).isTrue());
        assertThat(drawing.paths()).extracting(Path::link).contains(Link.BRANCH, Link.JOIN, Link.UNDO);
        assertThat(box(drawing, "step-charge").pivot()).isTrue();
    }

    @Test
    void looks_the_same_each_time() {
        assertThat(branching().graph(0)).isEqualTo(branching().graph(0));
    }

    @Test
    void shows_what_was_undone() {
        Drawing drawing = new Story()
                .plans("one", true)
                .plans("two", true)
                .plans("three", false)
                .ok(1, "one", 10, 5)
                .ok(2, "two", 20, 5)
                .attempt(3, 1, "three", Result.REJECTED, 30, 5)
                .undoing()
                .ok(2, "two", 40, 5)
                .ok(1, "one", 50, 5)
                .state(SagaState.COMPENSATED)
                .graph(50);

        holds(drawing);
        assertThat(box(drawing, "undo-one").state()).isEqualTo(State.UNDONE);
        assertThat(box(drawing, "step-three").state()).isEqualTo(State.REJECTED);
        assertThat(drawing.paths())
                .filteredOn(path -> path.link() == Link.UNDO && path.from().equals("undo-two"))
                .singleElement()
                .satisfies(path -> assertThat(path.taken()).isTrue());
    }

    @Test
    void draws_what_a_step_chose_also_back_up() {
        Drawing drawing = new Story()
                .plans("think", "", StepKind.PURE, "CODE", true, false)
                .plans("search", "", StepKind.PURE, "CODE", true, false)
                .plans("answer", false)
                .ok(1, "think", 10, 5)
                .ok(2, "search", 20, 5)
                .ok(3, "think", 30, 5)
                .ok(4, "answer", 40, 5)
                .state(SagaState.COMPLETED)
                .graph(40);

        holds(drawing);
        assertThat(drawing.paths())
                .filteredOn(path -> path.link() == Link.CHOSEN)
                .extracting(path -> path.from() + " " + path.to())
                .contains("step-think step-search", "step-search step-think", "step-think step-answer");
        assertThat(drawing.paths())
                .filteredOn(
                        path -> path.from().equals("step-search") && path.to().equals("step-answer"))
                .extracting(Path::link)
                .containsExactly(Link.MAYBE);
        assertThat(box(drawing, "step-think").sub()).contains("2 succeeded");
    }

    @Test
    void survives_a_plan_that_makes_no_sense() {
        Drawing drawing = new Story()
                .plans("a", "", StepKind.EFFECT, "PARALLEL", false, false, "x", "missing")
                .plans("b", "x", StepKind.EFFECT, "PARALLEL", false, false, "x", "")
                .plans("b", "x", StepKind.EFFECT, "CODE", false, false)
                .plans("lone", "y", StepKind.EFFECT, "CODE", false, false)
                .graph(0);

        holds(drawing);
        assertThat(drawing.boxes()).extracting(Box::id).contains("step-a", "step-b", "step-lone");
    }
}
