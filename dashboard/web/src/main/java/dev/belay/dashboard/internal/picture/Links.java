package dev.belay.dashboard.internal.picture;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Where what is drawn leads to. Whoever makes pages gives their own; what is returned is escaped, not judged. */
public interface Links {
    /** The links to parts of the same page. */
    Links WITHIN_PAGE = new Links() {};

    /** To a row of the timeline. */
    default String row(Timeline.Row row) {
        Timeline.Place place = row.place();
        return "#step-" + place.branch() + "-" + place.seq() + (row.lane() == Timeline.Lane.UNDO ? "-undo" : "");
    }

    /** To a step of the plan. */
    default String step(String name) {
        return "#step-" + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
