export { stopStage as default } from './stage.ts';
