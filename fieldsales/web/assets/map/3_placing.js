"use strict";
/* Placing a pin: a marker to be dragged, or put elsewhere by a tap, within the radius that holds the true place. */
(function () {
  const FS = (window.FieldSales = window.FieldSales || {});

  /** Return a dashed circle of `radius` metres that lets taps through. */
  FS.radiusCircle = function (place, radius, dark) {
    const colour = dark ? "#5eead4" : "#0f766e";
    return L.circle(place, { radius, color: colour, weight: 1.75, dashArray: "6 5", fillColor: colour, fillOpacity: 0.1, interactive: false });
  };

  /** Return what offers a candidate ({lat, lon, radius_m} or less) and moves the marker; `moved(place)` runs when it was dragged. */
  FS.pinPlacer = function (map, { title, isDark, moved }) {
    let marker = null, circle = null;

    function put(place) {
      if (marker) {
        marker.setLatLng(place);
        return;
      }
      const icon = L.divIcon({ className: "fs-marker", iconSize: [44, 52], iconAnchor: [22, 50] });
      marker = L.marker(place, { icon, draggable: true, keyboard: false, title }).addTo(map);
      marker.on("dragend", () => moved(marker.getLatLng()));
    }

    function offer(candidate) {
      map.getContainer().classList.toggle("fs-picking", !!candidate);
      marker?.remove();
      circle?.remove();
      marker = circle = null;
      if (!candidate || candidate.lat === undefined) return;
      const place = L.latLng(candidate.lat, candidate.lon);
      put(place);
      if (candidate.radius_m) {
        circle = FS.radiusCircle(place, candidate.radius_m, isDark()).addTo(map);
        map.fitBounds(place.toBounds(candidate.radius_m * 2.4), { maxZoom: 17, animate: false });
      } else map.setView(place, Math.max(map.getZoom(), 16), { animate: false });
    }

    return { offer, put };
  };
})();
