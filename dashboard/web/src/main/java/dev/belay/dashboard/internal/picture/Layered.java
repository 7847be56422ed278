package dev.belay.dashboard.internal.picture;

import dev.belay.dashboard.internal.picture.Drawing.Point;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Lays out a directed graph from top to bottom: each node a rank below those that lead to it, in the order that crosses fewest lines, lines of upright and level
 * pieces between the ranks. A line that leads back up is laid out as if it led down. The same graph always looks the same.
 */
final class Layered {
    private static final double NODE_GAP = 28;
    private static final double LINE_GAP = 12;
    private static final double TRACK_GAP = 8;
    private static final double CHANNEL = 30;
    private static final int SWEEPS = 8;
    private static final int ALIGNMENTS = 6;

    /**
     * A node as it is given.
     *
     * @param port how far from its left side lines begin and end
     * @param bar whether it is as wide as the lines that begin or end at it
     */
    record Node(double width, double height, double port, boolean bar) {
        Node(double width, double height) {
            this(width, height, width / 2, false);
        }
    }

    /** A line as it is given, by the nodes' numbers. */
    record Edge(int from, int to) {}

    /**
     * Where everything is.
     *
     * @param x the left side of each node
     * @param y the upper side of each node
     * @param widths the width of each node
     * @param lines the corners of each line, from its beginning to its end; empty for one from a node to itself
     */
    record Result(double width, double height, double[] x, double[] y, double[] widths, List<List<Point>> lines) {}

    private final List<Node> nodes;
    private final List<Edge> edges;
    private final int real;
    /** Of each line, the things it goes through from top to bottom; empty for one from a node to itself. */
    private final List<int[]> routes = new ArrayList<>();

    private final boolean[] reversed;
    private int count;
    private int[] rank;
    private int[][] above;
    private int[][] below;
    private int[][] order = new int[0][];
    private int[] position = new int[0];
    private double[] x = new double[0];

    private Layered(List<Node> nodes, List<Edge> edges) {
        this.nodes = nodes;
        this.edges = edges;
        this.real = nodes.size();
        this.reversed = new boolean[edges.size()];
        this.count = real;
        this.rank = new int[real];
        this.above = new int[real][];
        this.below = new int[real][];
    }

    static Result lay(List<Node> nodes, List<Edge> edges) {
        if (nodes.isEmpty()) {
            return new Result(0, 0, new double[0], new double[0], new double[0], List.of());
        }
        Layered layered = new Layered(nodes, edges);
        layered.turnCycles();
        layered.rank();
        layered.thread();
        layered.order();
        layered.align();
        return layered.result();
    }

    private int top(int edge) {
        return reversed[edge] ? edges.get(edge).to() : edges.get(edge).from();
    }

    private int bottom(int edge) {
        return reversed[edge] ? edges.get(edge).from() : edges.get(edge).to();
    }

    private boolean isLoop(int edge) {
        return edges.get(edge).from() == edges.get(edge).to();
    }

    /** Lines back to where a walk through the graph has come from are turned around. */
    private void turnCycles() {
        List<List<Integer>> leaving = new ArrayList<>();
        for (int i = 0; i < real; i++) {
            leaving.add(new ArrayList<>());
        }
        for (int e = 0; e < edges.size(); e++) {
            leaving.get(edges.get(e).from()).add(e);
        }
        int[] seen = new int[real];
        int[] next = new int[real];
        int[] path = new int[real];
        for (int start = 0; start < real; start++) {
            int depth = 0;
            if (seen[start] == 0) {
                seen[start] = 1;
                path[depth++] = start;
            }
            while (depth > 0) {
                int node = path[depth - 1];
                if (next[node] == leaving.get(node).size()) {
                    seen[node] = 2;
                    depth--;
                    continue;
                }
                int edge = leaving.get(node).get(next[node]++);
                int to = edges.get(edge).to();
                if (seen[to] == 0) {
                    seen[to] = 1;
                    path[depth++] = to;
                } else if (seen[to] == 1 && to != node) {
                    reversed[edge] = true;
                }
            }
        }
    }

    /** By the longest path. */
    private void rank() {
        int[] waiting = new int[real];
        List<List<Integer>> leaving = new ArrayList<>();
        for (int i = 0; i < real; i++) {
            leaving.add(new ArrayList<>());
        }
        for (int e = 0; e < edges.size(); e++) {
            if (!isLoop(e)) {
                leaving.get(top(e)).add(bottom(e));
                waiting[bottom(e)]++;
            }
        }
        int[] queue = new int[real];
        int end = 0;
        for (int i = 0; i < real; i++) {
            if (waiting[i] == 0) {
                queue[end++] = i;
            }
        }
        for (int at = 0; at < end; at++) {
            for (int to : leaving.get(queue[at])) {
                rank[to] = Math.max(rank[to], rank[queue[at]] + 1);
                if (--waiting[to] == 0) {
                    queue[end++] = to;
                }
            }
        }
    }

    /** Gives each line a place in each rank it goes through. */
    private void thread() {
        int total = real;
        for (int e = 0; e < edges.size(); e++) {
            total += isLoop(e) ? 0 : rank[bottom(e)] - rank[top(e)] - 1;
        }
        rank = Arrays.copyOf(rank, total);
        List<List<Integer>> up = new ArrayList<>();
        List<List<Integer>> down = new ArrayList<>();
        for (int i = 0; i < total; i++) {
            up.add(new ArrayList<>(2));
            down.add(new ArrayList<>(2));
        }
        for (int e = 0; e < edges.size(); e++) {
            if (isLoop(e)) {
                routes.add(new int[0]);
                continue;
            }
            int first = rank[top(e)];
            int[] route = new int[rank[bottom(e)] - first + 1];
            route[0] = top(e);
            route[route.length - 1] = bottom(e);
            for (int i = 1; i < route.length - 1; i++) {
                route[i] = count++;
                rank[route[i]] = first + i;
            }
            for (int i = 1; i < route.length; i++) {
                down.get(route[i - 1]).add(route[i]);
                up.get(route[i]).add(route[i - 1]);
            }
            routes.add(route);
        }
        above = up.stream().map(Layered::ints).toArray(int[][]::new);
        below = down.stream().map(Layered::ints).toArray(int[][]::new);
    }

    private static int[] ints(List<Integer> list) {
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    /** By barycentres, down and up in turns; the best order found is kept. */
    private void order() {
        int ranks = Arrays.stream(rank).max().orElse(0) + 1;
        int[] sizes = new int[ranks];
        for (int i = 0; i < count; i++) {
            sizes[rank[i]]++;
        }
        order = new int[ranks][];
        for (int r = 0; r < ranks; r++) {
            order[r] = new int[sizes[r]];
        }
        position = new int[count];
        int[] filled = new int[ranks];
        for (int i = 0; i < count; i++) {
            order[rank[i]][filled[rank[i]]++] = i;
        }
        number();
        int[][] best = copy(order);
        long fewest = crossings();
        for (int sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
            boolean down = sweep % 2 == 0;
            for (int i = 1; i < ranks; i++) {
                int r = down ? i : ranks - 1 - i;
                sort(order[r], down ? above : below);
            }
            long crossings = crossings();
            if (crossings < fewest) {
                fewest = crossings;
                best = copy(order);
            }
        }
        order = best;
        number();
    }

    private void sort(int[] row, int[][] neighbours) {
        double[] weight = new double[row.length];
        Integer[] places = new Integer[row.length];
        for (int i = 0; i < row.length; i++) {
            places[i] = i;
            weight[i] = i;
            int[] near = neighbours[row[i]];
            if (near.length > 0) {
                double sum = 0;
                for (int other : near) {
                    sum += position[other];
                }
                weight[i] = sum / near.length;
            }
        }
        Arrays.sort(places, (one, other) -> Double.compare(weight[one], weight[other]));
        int[] before = row.clone();
        for (int i = 0; i < row.length; i++) {
            row[i] = before[places[i]];
            position[row[i]] = i;
        }
    }

    private void number() {
        for (int[] row : order) {
            for (int i = 0; i < row.length; i++) {
                position[row[i]] = i;
            }
        }
    }

    private static int[][] copy(int[][] rows) {
        return Arrays.stream(rows).map(int[]::clone).toArray(int[][]::new);
    }

    /** Counted by a tree of sums, rank by rank. */
    private long crossings() {
        long crossings = 0;
        for (int r = 0; r + 1 < order.length; r++) {
            int[] sums = new int[order[r + 1].length + 1];
            int seen = 0;
            for (int node : order[r]) {
                int[] ends = new int[below[node].length];
                for (int i = 0; i < ends.length; i++) {
                    ends[i] = position[below[node][i]];
                }
                for (int end : ends) {
                    int notRight = 0;
                    for (int i = end + 1; i > 0; i -= i & -i) {
                        notRight += sums[i];
                    }
                    crossings += seen - notRight;
                }
                for (int end : ends) {
                    for (int i = end + 1; i < sums.length; i += i & -i) {
                        sums[i]++;
                    }
                    seen++;
                }
            }
        }
        return crossings;
    }

    private boolean isNode(int i) {
        return i < real;
    }

    private double width(int i) {
        return isNode(i) ? (nodes.get(i).bar() ? 2 : nodes.get(i).width()) : 0;
    }

    private double port(int i) {
        return isNode(i) ? (nodes.get(i).bar() ? 1 : nodes.get(i).port()) : 0;
    }

    private double height(int i) {
        return isNode(i) ? nodes.get(i).height() : 0;
    }

    /** Moves everything as near to above or below what it is joined with as its neighbours allow. */
    private void align() {
        x = new double[count];
        for (int[] row : order) {
            place(row, new int[0][]);
        }
        for (int i = 0; i < ALIGNMENTS; i++) {
            boolean down = i % 2 == 0;
            for (int k = 1; k < order.length; k++) {
                place(order[down ? k : order.length - 1 - k], down ? above : below);
            }
        }
    }

    private double gap(int left, int right) {
        return isNode(left) && isNode(right) ? NODE_GAP : isNode(left) || isNode(right) ? 18 : LINE_GAP;
    }

    /**
     * The places nearest to those wished for that keep the order and the distances: neighbours whose wishes collide move as one.
     */
    private void place(int[] row, int[][] neighbours) {
        int n = row.length;
        double[] offset = new double[n];
        double[] sum = new double[n];
        int[] size = new int[n];
        int blocks = 0;
        for (int i = 0; i < n; i++) {
            if (i > 0) {
                offset[i] = offset[i - 1] + width(row[i - 1]) + gap(row[i - 1], row[i]);
            }
            sum[blocks] = wish(row[i], neighbours, offset[i]) - offset[i];
            size[blocks] = 1;
            blocks++;
            while (blocks > 1 && sum[blocks - 2] / size[blocks - 2] >= sum[blocks - 1] / size[blocks - 1]) {
                sum[blocks - 2] += sum[blocks - 1];
                size[blocks - 2] += size[blocks - 1];
                blocks--;
            }
        }
        int i = 0;
        for (int b = 0; b < blocks; b++) {
            for (int k = 0; k < size[b]; k++, i++) {
                x[row[i]] = sum[b] / size[b] + offset[i];
            }
        }
    }

    private double wish(int i, int[][] neighbours, double otherwise) {
        if (neighbours.length == 0) {
            return otherwise;
        }
        int[] near = neighbours[i];
        if (near.length == 0) {
            return x[i];
        }
        double[] ports = new double[near.length];
        for (int k = 0; k < near.length; k++) {
            ports[k] = x[near[k]] + port(near[k]);
        }
        Arrays.sort(ports);
        int middle = ports.length / 2;
        double median = ports.length % 2 == 1 ? ports[middle] : (ports[middle - 1] + ports[middle]) / 2;
        return median - port(i);
    }

    private Result result() {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            x[i] = Math.rint(x[i]);
            least = Math.min(least, x[i]);
            most = Math.max(most, x[i] + width(i));
        }
        for (int i = 0; i < count; i++) {
            x[i] -= least;
        }
        double[] widths = new double[real];
        for (int i = 0; i < real; i++) {
            widths[i] = width(i);
        }
        double[][] trackOf =
                routes.stream().map(route -> new double[route.length]).toArray(double[][]::new);
        double[] tops = new double[order.length];
        double[] bottoms = new double[order.length];
        double y = 0;
        for (int r = 0; r < order.length; r++) {
            tops[r] = y;
            for (int i : order[r]) {
                bottoms[r] = Math.max(bottoms[r], y + height(i));
            }
            bottoms[r] = Math.max(bottoms[r], y);
            y = r + 1 < order.length ? bottoms[r] + channel(r, bottoms[r], trackOf) : bottoms[r];
        }
        List<List<Point>> lines = new ArrayList<>();
        for (int e = 0; e < edges.size(); e++) {
            lines.add(line(e, tops, trackOf[e]));
        }
        double[] tall = new double[real];
        for (int i = 0; i < real; i++) {
            tall[i] = tops[rank[i]];
        }
        double[] left = Arrays.copyOf(x, real);
        stretchBars(left, widths);
        return new Result(most - least, y, left, tall, widths, lines);
    }

    private record Hop(int edge, int step, double left, double right) {}

    /** Gives each line that goes sideways between two ranks a track that none beside it has. */
    private double channel(int r, double upper, double[][] trackOf) {
        List<Hop> hops = new ArrayList<>();
        for (int e = 0; e < edges.size(); e++) {
            int[] route = routes.get(e);
            int step = route.length == 0 ? -1 : r - rank[route[0]];
            if (step < 0 || step >= route.length - 1) {
                continue;
            }
            double from = end(route, step, step + 1);
            double to = end(route, step + 1, step);
            if (from != to) {
                hops.add(new Hop(e, step, Math.min(from, to), Math.max(from, to)));
            }
        }
        hops.sort((one, other) -> one.left() != other.left()
                ? Double.compare(one.left(), other.left())
                : Integer.compare(one.edge(), other.edge()));
        List<Double> ends = new ArrayList<>();
        for (Hop hop : hops) {
            int track = 0;
            while (track < ends.size() && ends.get(track) >= hop.left() - 1) {
                track++;
            }
            if (track == ends.size()) {
                ends.add(hop.right());
            } else {
                ends.set(track, hop.right());
            }
            trackOf[hop.edge()][hop.step()] = upper + CHANNEL / 2 + track * TRACK_GAP;
        }
        return CHANNEL + Math.max(0, ends.size() - 1) * TRACK_GAP;
    }

    /** Where a line touches what stands at {@code at} of its route: bars are touched wherever the line comes from. */
    private double end(int[] route, int at, int other) {
        boolean bar = isNode(route[at]) && nodes.get(route[at]).bar();
        int where = bar ? route[other] : route[at];
        return x[where] + port(where);
    }

    private List<Point> line(int edge, double[] tops, double[] tracks) {
        int[] route = routes.get(edge);
        if (route.length == 0) {
            return List.of();
        }
        List<Point> points = new ArrayList<>();
        int first = rank[route[0]];
        points.add(new Point(end(route, 0, 1), tops[first] + height(route[0])));
        for (int i = 0; i + 1 < route.length; i++) {
            double from = end(route, i, i + 1);
            double to = end(route, i + 1, i);
            if (from != to) {
                points.add(new Point(from, tracks[i]));
                points.add(new Point(to, tracks[i]));
            }
        }
        points.add(new Point(end(route, route.length - 1, route.length - 2), tops[first + route.length - 1]));
        if (reversed[edge]) {
            Collections.reverse(points);
        }
        return List.copyOf(points);
    }

    private void stretchBars(double[] left, double[] widths) {
        for (int i = 0; i < real; i++) {
            if (!nodes.get(i).bar()) {
                continue;
            }
            double from = x[i] + 1;
            double to = from;
            for (int[] near : new int[][] {above[i], below[i]}) {
                for (int other : near) {
                    from = Math.min(from, x[other] + port(other));
                    to = Math.max(to, x[other] + port(other));
                }
            }
            left[i] = from - 6;
            widths[i] = to - from + 12;
        }
    }
}
