package dev.belay.samples.review;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The review agent's result: one report out of all the answers.
 *
 * <p>The same answers give the same text and checksum, in whatever order they came and whoever collected them; so two
 * runs of which one was killed can be compared by their checksums. An answer in other words than the stand-in model's
 * counts as one without a score.
 *
 * @param answers how many answers went in
 * @param sha256 of the text in UTF-8, in hexadecimal
 */
public record ReviewReport(int answers, String text, String sha256) {

    private static final Pattern SCORE = Pattern.compile("(?m)^Score: (\\d{1,2})/10$");
    private static final Pattern MARKERS = Pattern.compile("(?m)^Markers: (\\d{1,6})\\b");
    private static final Pattern FINDINGS = Pattern.compile("(?m)^Findings: (.*)$");
    private static final int LOWEST_SHOWN = 5;

    public ReviewReport {
        if (!sha256(text).equals(sha256)) {
            throw new IllegalArgumentException("The report's text has the checksum " + sha256(text) + ", not " + sha256
                    + ". Build reports with ReviewReport.of.");
        }
    }

    /**
     * Sums up the answers numbered 1 to {@code expected}.
     *
     * @throws IllegalArgumentException when an answer is missing or there twice; the message says which
     */
    public static ReviewReport of(List<Review> reviews, int expected) {
        var sorted = inOrder(reviews, expected);
        var text = new StringBuilder();
        head(text, sorted);
        lowest(text, sorted);
        byFile(text, sorted);
        all(text, sorted);
        return new ReviewReport(expected, text.toString(), sha256(text.toString()));
    }

    private static List<Review> inOrder(List<Review> reviews, int expected) {
        var byNumber = new TreeMap<Integer, Review>();
        for (var review : reviews) {
            if (review.number() < 1 || review.number() > expected) {
                throw new IllegalArgumentException("Review " + review.number() + " of \"" + review.file()
                        + "\" is none of the " + expected + " expected. Passages are numbered from 1.");
            }
            if (byNumber.put(review.number(), review) != null) {
                throw new IllegalArgumentException(
                        "Review " + review.number() + " is there twice. Give each passage one.");
            }
        }
        if (expected < 1 || byNumber.size() < expected) {
            var missing = new ArrayList<Integer>();
            for (var number = 1; number <= expected; number++) {
                if (!byNumber.containsKey(number)) {
                    missing.add(number);
                }
            }
            throw new IllegalArgumentException("A report needs all " + expected + " reviews, " + byNumber.size()
                    + " are there, missing are " + missing + ". Wait for the rest.");
        }
        return List.copyOf(byNumber.values());
    }

    private static void head(StringBuilder text, List<Review> reviews) {
        var scores = reviews.stream()
                .map(ReviewReport::score)
                .flatMapToInt(OptionalInt::stream)
                .summaryStatistics();
        var files = reviews.stream().map(Review::file).distinct().count();
        var markers = reviews.stream()
                .mapToInt(review -> number(MARKERS, review).orElse(0))
                .sum();
        line(text, "Review of %d passages from %d files", reviews.size(), files);
        if (scores.getCount() > 0) {
            line(
                    text,
                    "Mean score %.2f of 10, lowest %d, highest %d",
                    scores.getAverage(),
                    scores.getMin(),
                    scores.getMax());
        }
        line(text, "Open markers %d, answers without a score %d", markers, reviews.size() - scores.getCount());
        line(text, "All answers together: sha-256 %s", sha256(answersOf(reviews)));
    }

    private static void lowest(StringBuilder text, List<Review> reviews) {
        line(text, "");
        line(text, "Read these first");
        reviews.stream()
                .filter(review -> score(review).isPresent())
                .sorted(Comparator.comparingInt((Review review) -> score(review).orElseThrow())
                        .thenComparingInt(Review::number))
                .limit(LOWEST_SHOWN)
                .forEach(review -> line(text, "  %s", about(review)));
    }

    private static void byFile(StringBuilder text, List<Review> reviews) {
        line(text, "");
        line(text, "By file");
        Map<String, List<Review>> files =
                reviews.stream().collect(Collectors.groupingBy(Review::file, TreeMap::new, Collectors.toList()));
        files.forEach((file, its) -> {
            var scores = its.stream()
                    .map(ReviewReport::score)
                    .flatMapToInt(OptionalInt::stream)
                    .summaryStatistics();
            var mean = scores.getCount() == 0 ? "   –" : String.format(Locale.ROOT, "%4.1f", scores.getAverage());
            line(text, "  %s  %3d × %s", mean, its.size(), file);
        });
    }

    private static void all(StringBuilder text, List<Review> reviews) {
        line(text, "");
        line(text, "All passages");
        reviews.forEach(review -> line(text, "  %3d. %s", review.number(), about(review)));
    }

    private static String about(Review review) {
        var score = score(review);
        return String.format(
                Locale.ROOT,
                "%s  %s:%d-%d  %s",
                score.isPresent() ? String.format(Locale.ROOT, "%2d/10", score.getAsInt()) : " –/10",
                review.file(),
                review.fromLine(),
                review.toLine(),
                findings(review));
    }

    private static String findings(Review review) {
        Matcher found = FINDINGS.matcher(review.answer());
        var said = found.find() ? found.group(1) : review.answer().strip().replaceAll("\\s+", " ");
        return said.length() <= 160 ? said : said.substring(0, 160) + "…";
    }

    private static OptionalInt score(Review review) {
        return number(SCORE, review);
    }

    private static OptionalInt number(Pattern pattern, Review review) {
        var found = pattern.matcher(review.answer());
        return found.find() ? OptionalInt.of(Integer.parseInt(found.group(1))) : OptionalInt.empty();
    }

    private static String answersOf(List<Review> reviews) {
        return reviews.stream()
                .map(review -> review.number() + "\n" + review.file() + "\n" + review.answer() + "\0")
                .collect(Collectors.joining());
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    private static String sha256(String text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
