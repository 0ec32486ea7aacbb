// A table whose rows keep their elements while others come above them, and so the focus; a narrow screen has a card for each row.
export default {
  template: `
    <div class="rows" role="region" tabindex="0" :aria-label="name">
      <table>
        <thead><tr><th v-for="column in columns" :key="column.name" scope="col" :class="column.kind">{{ column.label }}</th></tr></thead>
        <tbody>
          <tr v-for="row in rows" :key="row.id" :class="row.kind">
            <td v-for="(column, at) in columns" :key="column.name" :class="[column.kind, row[column.name] ? '' : 'none']"
                :data-label="column.label" :title="row[column.name]">
              <button v-if="opens && at === 0" type="button" class="opens" :aria-label="row.opens" @click="$emit('open', row.id)">{{ row[column.name] }}</button>
              <template v-else><i v-if="column.kind === 'dotted'" class="dot" :style="{ background: row.colour }"></i>{{ row[column.name] }}</template>
            </td>
          </tr>
        </tbody>
      </table>
    </div>`,
  props: { name: String, columns: Array, rows: Array, opens: Boolean },
};
