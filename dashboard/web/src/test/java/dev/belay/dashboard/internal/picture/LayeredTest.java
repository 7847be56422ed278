package dev.belay.dashboard.internal.picture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belay.dashboard.internal.picture.Drawing.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class LayeredTest {
    static IntStream seeds() {
        return IntStream.range(0, 40);
    }

    static List<Layered.Node> nodes(Random random, int count) {
        List<Layered.Node> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(new Layered.Node(60 + random.nextInt(200), 20 + random.nextInt(40)));
        }
        return nodes;
    }

    /** Mostly between neighbours in number, as plans are; now and then a line back. */
    static List<Layered.Edge> edges(Random random, int count, int perNode) {
        List<Layered.Edge> edges = new ArrayList<>();
        for (int i = 1; i < count; i++) {
            for (int k = 0; k < 1 + random.nextInt(perNode); k++) {
                int from = Math.max(0, i - 1 - random.nextInt(12));
                edges.add(random.nextInt(20) == 0 ? new Layered.Edge(i, from) : new Layered.Edge(from, i));
            }
        }
        return edges;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void overlaps_nothing_and_ends_lines_at_nodes(int seed) {
        Random random = new Random(seed);
        int count = 1 + random.nextInt(200);
        List<Layered.Node> nodes = nodes(random, count);
        List<Layered.Edge> edges = edges(random, count, 2);

        Layered.Result result = Layered.lay(nodes, edges);

        for (int i = 0; i < count; i++) {
            assertThat(result.x()[i])
                    .isBetween(0.0, result.width() - nodes.get(i).width() + 0.01);
            assertThat(result.y()[i])
                    .isBetween(0.0, result.height() - nodes.get(i).height() + 0.01);
            for (int k = 0; k < i; k++) {
                boolean apart = result.x()[i] + nodes.get(i).width() <= result.x()[k]
                        || result.x()[k] + nodes.get(k).width() <= result.x()[i]
                        || result.y()[i] + nodes.get(i).height() <= result.y()[k]
                        || result.y()[k] + nodes.get(k).height() <= result.y()[i];
                assertThat(apart).as(i + " and " + k).isTrue();
            }
        }
        for (int e = 0; e < edges.size(); e++) {
            List<Point> line = result.lines().get(e);
            assertThat(isAt(result, nodes, edges.get(e).from(), line.get(0))).isTrue();
            assertThat(isAt(result, nodes, edges.get(e).to(), line.get(line.size() - 1)))
                    .isTrue();
            for (int i = 1; i < line.size(); i++) {
                Point one = line.get(i - 1);
                Point other = line.get(i);
                assertThat(one.x() == other.x() || one.y() == other.y()).isTrue();
            }
        }
    }

    private static boolean isAt(Layered.Result result, List<Layered.Node> nodes, int node, Point point) {
        double top = result.y()[node];
        return point.x() >= result.x()[node]
                && point.x() <= result.x()[node] + nodes.get(node).width()
                && (point.y() == top || point.y() == top + nodes.get(node).height());
    }

    @Test
    void puts_a_node_below_all_that_lead_to_it() {
        List<Layered.Node> nodes = nodes(new Random(1), 4);

        Layered.Result result = Layered.lay(
                nodes,
                List.of(
                        new Layered.Edge(0, 1),
                        new Layered.Edge(1, 2),
                        new Layered.Edge(0, 2),
                        new Layered.Edge(2, 3),
                        new Layered.Edge(3, 1)));

        assertThat(result.y()[1]).isGreaterThan(result.y()[0]);
        assertThat(result.y()[2]).isGreaterThan(result.y()[1]);
        assertThat(result.y()[3]).isGreaterThan(result.y()[2]);
    }

    @Test
    void leaves_a_line_to_the_node_it_comes_from_undrawn() {
        Layered.Result result = Layered.lay(nodes(new Random(1), 1), List.of(new Layered.Edge(0, 0)));

        assertThat(result.lines()).containsExactly(List.of());
    }
}
