package dev.belay.samples.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The report for a reader: each figure, and beside it where it was read. */
public final class ReportText {

    private ReportText() {}

    /** The report, line by line. */
    public static List<String> of(DemoReport report) {
        var lines = new ArrayList<String>();
        review(lines, report);
        trips(lines, report);
        claims(lines, report);
        return lines;
    }

    private static void review(List<String> lines, DemoReport report) {
        var duringCall = report.duringCall();
        var afterRecord = report.afterRecord();
        var inMemory = report.inMemory();
        lines.add("");
        lines.add("The review: 100 passages, one step and one model call each; its worker killed with kill -9");
        lines.add("");
        lines.add(row("", "killed during", "killed after", "no Belay, killed", "read from"));
        lines.add(row("", "call 47", "step 47 recorded", "during call 47", ""));
        lines.add(row("steps recorded", n(duringCall.stepsRecorded()), n(afterRecord.stepsRecorded()), "-", "journal"));
        lines.add(row(
                "steps recorded twice",
                n(duringCall.stepsRecordedTwice()),
                n(afterRecord.stepsRecordedTwice()),
                "-",
                "journal"));
        lines.add(row(
                "last step before the kill",
                n(duringCall.lastStepBefore()),
                n(afterRecord.lastStepBefore()),
                "-",
                "journal"));
        lines.add(row(
                "step in flight at the kill",
                n(duringCall.killedAtStep()),
                n(afterRecord.killedAtStep()) + ", not called",
                n(inMemory.killedAtCall()),
                "journal, outcome LOST; ledger"));
        lines.add(row(
                "began again with step",
                n(duringCall.resumedAtStep()),
                n(afterRecord.resumedAtStep()),
                n(inMemory.resumedAt()),
                "journal; ledger"));
        lines.add(row(
                "seconds from kill to that",
                seconds(duringCall),
                seconds(afterRecord),
                "-",
                "journal: when that step began"));
        lines.add(row(
                "model calls served",
                n(duringCall.modelCalls()),
                n(afterRecord.modelCalls()),
                n(inMemory.ledger().callsServed()),
                "model server's ledger"));
        lines.add(row(
                "model tokens served",
                n(duringCall.modelTokens()),
                n(afterRecord.modelTokens()),
                n(inMemory.ledger().tokensServed()),
                "model server's ledger"));
        lines.add(row(
                "report's checksum",
                checksum(duringCall.sha256()),
                checksum(afterRecord.sha256()),
                checksum(inMemory.sha256()),
                "undisturbed run: " + checksum(report.undisturbedSha256())));
        lines.add("");
        lines.add("  The workers of this demo have a lease of " + DemoWorker.LEASE.toSeconds()
                + " s; a dead worker's steps are free after it. The default is 15 s.");
        duringCall.repeatedKeys().forEach(key -> lines.add("  Call 47 was made again with its key " + key));
    }

    private static void trips(List<String> lines, DemoReport report) {
        var undone = report.undone();
        var retried = report.retried();
        lines.add("");
        lines.add("The trip whose card is declined: " + undone.state() + " (journal, oldest first)");
        undone.course().forEach(each -> lines.add("  " + each));
        lines.add("");
        lines.add("The trip whose hotel did not answer");
        lines.add("  " + retried.failedAttempts() + " attempts failed, then " + retried.waiting()
                + "; retried by an operator, then " + retried.end());
    }

    private static void claims(List<String> lines, DemoReport report) {
        lines.add("");
        lines.add("Claims");
        report.claims()
                .forEach(claim -> lines.add("  " + (claim.holds() ? "ok      " : "FAILED  ") + claim.sentence()));
    }

    private static String row(String what, String first, String second, String third, String source) {
        return String.format(Locale.ROOT, "  %-27s %-14s %-17s %-17s %s", what, first, second, third, source)
                .stripTrailing();
    }

    private static String n(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String seconds(KilledReview run) {
        return String.format(Locale.ROOT, "%.2f", run.takeoverSeconds());
    }

    private static String checksum(String sha256) {
        return sha256.substring(0, 8);
    }
}
