package dev.belay.benchmark;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Under what a run was made.
 *
 * @param server the settings of the server
 * @param machine what it ran on, and when
 * @param rounds how it was measured
 * @param systems how each system was set up, by its name
 */
record Conditions(String server, String machine, String rounds, Map<String, String> systems) {

    static Conditions of(Place place, List<Contender> contenders, int rounds, int warmUp, double scale) {
        Map<String, String> systems = new LinkedHashMap<>();
        contenders.forEach(each -> systems.put(each.name(), each.configuration()));
        return new Conditions(
                place.settings(),
                thisMachine(),
                "Medians of %d rounds in turn after %d s of warm-up each, %s times the usual number of sagas"
                        .formatted(rounds, warmUp, number(scale)),
                systems);
    }

    private static String thisMachine() {
        return "%d processors, %s %s, %s %s, %s UTC"
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("os.name"),
                        System.getProperty("os.arch"),
                        System.getProperty("java.vm.name"),
                        Runtime.version(),
                        DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT)
                                .withZone(ZoneOffset.UTC)
                                .format(Instant.now()));
    }

    private static String number(double scale) {
        return scale == Math.rint(scale) ? Long.toString((long) scale) : Double.toString(scale);
    }
}
